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

std::string typed(const Column& column)
{
	return column.type + (column.collation.empty() ? "" : " COLLATE " + column.collation);
}

/*
 * A computed column is declared GENERATED with a constant: postgres_fdw then sends DEFAULT for it
 * and the remote computes the value; reading is not affected. The remote's expression stays there.
 */
std::string column_text(const Column& column)
{
	std::string text = quote_identifier(column.name) + " " + column.type;
	if (column.remote_name != column.name)
	{
		const pg::Option name{"column_name", column.remote_name};
		text += " OPTIONS (" + option_list({name}) + ")";
	}
	if (!column.collation.empty())
		text += " COLLATE " + column.collation;
	if (column.computed)
		text += compose(" GENERATED ALWAYS AS (NULL::%1%) STORED", column.type);
	if (column.not_null)
		text += " NOT NULL";
	return text;
}

std::string create_table(const Relation& relation, const Place& place)
{
	std::vector<std::string> columns;
	for (const Column& column : relation.columns)
		columns.push_back(column_text(column));
	pg::Options options;
	options.push_back({"schema_name", place.remote_schema});
	options.push_back({"table_name", relation.remote_name});
	for (const auto& [keyword, value] : relation.options)
		options.push_back({keyword, value});
	return compose("CREATE FOREIGN TABLE %1%.%2% (%3%) SERVER %4% OPTIONS (%5%)",
	               quote_identifier(place.schema), quote_identifier(relation.name),
	               join(columns, ", "), quote_identifier(place.server), option_list(options));
}

std::string change_option(const Change& change)
{
	const std::string name = quote_identifier(change.name);
	if (change.new_value.empty())
		return compose("OPTIONS (DROP %1%)", name);
	return compose("OPTIONS (%1% %2% %3%)", change.old_value.empty() ? "ADD" : "SET", name,
	               quote_literal(change.new_value));
}

std::string add_label(const Change& change)
{
	std::string place;
	if (!change.old_value.empty())
		place = (change.after_neighbour ? " AFTER " : " BEFORE ") + quote_literal(change.old_value);
	return compose("ALTER TYPE %1% ADD VALUE %2%%3%", change.name, quote_literal(change.new_value),
	               place);
}

/* Follows the remote; what is built on the column stays. A user's own name for it does, too. */
std::string rename_column(const Change& change)
{
	const std::string column = quote_identifier(change.before.name);
	if (change.before.name == change.before.remote_name &&
	    change.after.name == change.after.remote_name)
		return compose("RENAME COLUMN %1% TO %2%", column, quote_identifier(change.after.name));
	return compose("ALTER COLUMN %1% OPTIONS (%2% column_name %3%)", column,
	               change.before.name == change.before.remote_name ? "ADD" : "SET",
	               quote_literal(change.after.remote_name));
}

std::string alter_type(const Change& change, const char* cascade)
{
	std::vector<std::string> actions;
	for (const Column& attribute : change.alteration.dropped)
		actions.push_back(
		    compose("DROP ATTRIBUTE %1%%2%", quote_identifier(attribute.name), cascade));
	for (const Column& attribute : change.alteration.added)
		actions.push_back(
		    compose("ADD ATTRIBUTE %1% %2%", quote_identifier(attribute.name), typed(attribute)));
	return compose("ALTER TYPE %1% %2%", change.name, join(actions, ", "));
}

} // namespace

std::string statement(const Change& change, const Place& place, bool cascade)
{
	const char* behaviour = cascade ? " CASCADE" : "";
	const std::string table =
	    quote_identifier(place.schema) + "." + quote_identifier(change.relation.name);
	const std::string column = quote_identifier(change.before.name);
	const auto alter = [&](const std::string& action) {
		return compose("ALTER FOREIGN TABLE %1% %2%", table, action);
	};
	switch (change.kind)
	{
	case Change::table_added:
		return create_table(change.relation, place);
	case Change::table_removed:
		return compose("DROP FOREIGN TABLE %1%%2%", table, behaviour);
	case Change::option_changed:
		return alter(change_option(change));
	case Change::column_added:
		return alter("ADD COLUMN " + column_text(change.after));
	case Change::column_removed:
		return alter(compose("DROP COLUMN %1%%2%", column, behaviour));
	case Change::column_retyped:
		return alter(compose("ALTER COLUMN %1% TYPE %2%", column, typed(change.after)));
	case Change::column_replaced:
		return alter(compose("DROP COLUMN %1%%2%, ADD COLUMN %3%", column, behaviour,
		                     column_text(change.after)));
	case Change::column_released:
		return alter(compose("ALTER COLUMN %1% DROP EXPRESSION", column));
	case Change::not_null_changed:
		return alter(compose("ALTER COLUMN %1% %2% NOT NULL", column,
		                     change.after.not_null ? "SET" : "DROP"));
	case Change::label_added:
		return add_label(change);
	case Change::type_altered:
		return alter_type(change, behaviour);
	case Change::column_renamed:
		return alter(rename_column(change));
	case Change::schema_added:
		return compose("CREATE SCHEMA %1%", quote_identifier(place.schema));
	case Change::schema_removed:
		return compose("DROP SCHEMA %1%%2%", quote_identifier(place.schema), behaviour);
	case Change::table_renamed:
		return alter(compose("OPTIONS (SET table_name %1%)", quote_literal(change.new_value)));
	case Change::type_unfit:
	case Change::type_made:
	case Change::schema_unusable:
		return {};
	}
	return {};
}

} // namespace datalinks::schema
