/*
 * SQL text for changes: see statements.hpp.
 */
#include "schema/statements.hpp"

#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::schema
{

namespace
{

/*
 * A computed column is declared GENERATED with a constant: postgres_fdw then sends DEFAULT for it
 * and the remote computes the value; reading is not affected. The remote's expression stays there.
 */
std::string column_text(const Column& column)
{
	std::string text = quote_identifier(column.name) + " " + column.type;
	if (column.remote_name != column.name)
		text += " OPTIONS (" + option_list({{"column_name", column.remote_name}}) + ")";
	if (!column.collation.empty())
		text += " COLLATE " + column.collation;
	if (column.computed)
		text += format(" GENERATED ALWAYS AS (NULL::%1%) STORED", column.type);
	if (column.not_null)
		text += " NOT NULL";
	return text;
}

std::string create_table(const Relation& relation, const Place& place)
{
	std::vector<std::string> columns;
	for (const Column& column : relation.columns)
		columns.push_back(column_text(column));
	return format(
	    "CREATE FOREIGN TABLE %1%.%2% (%3%) SERVER %4% OPTIONS (%5%)",
	    quote_identifier(place.schema), quote_identifier(relation.name), join(columns, ", "),
	    quote_identifier(place.server),
	    option_list({{"schema_name", place.remote_schema}, {"table_name", relation.remote_name}}));
}

} // namespace

std::string statement(const Change& change, const Place& place)
{
	switch (change.kind)
	{
	case Change::table_added:
		return create_table(change.relation, place);
	}
	return {};
}

} // namespace datalinks::schema
