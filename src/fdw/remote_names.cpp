/*
 * What things are called on the remote: see remote_names.hpp.
 */
#include "postgres/options.hpp"

#include "fdw/remote_names.hpp"

namespace datalinks::fdw
{

const char* remote_table(Oid table)
{
	const List* options = GetForeignTable(table)->options;
	const char* schema = pg::option_text(options, "schema_name");
	const char* name = pg::option_text(options, "table_name");
	return quote_qualified_identifier(
	    schema != nullptr ? schema : get_namespace_name(get_rel_namespace(table)),
	    name != nullptr ? name : get_rel_name(table));
}

const char* remote_column_name(Oid table, AttrNumber number)
{
	const char* name = pg::option_text(GetForeignColumnOptions(table, number), "column_name");
	return name != nullptr ? name : get_attname(table, number, false);
}

const char* remote_column(Oid table, AttrNumber number)
{
	return quote_identifier(remote_column_name(table, number));
}

} // namespace datalinks::fdw
