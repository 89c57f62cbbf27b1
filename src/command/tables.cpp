/*
 * datalink_tables: see tables.hpp.
 */
#include "command/tables.hpp"

#include <map>
#include <vector>

#include "link/rights.hpp"
#include "link/schemas.hpp"
#include "postgres/options.hpp"
#include "postgres/spi.hpp"
#include "remote/home.hpp"
#include "schema/array.hpp"
#include "schema/name.hpp"
#include "schema/relation.hpp"

namespace datalinks::command
{

namespace
{

using link::Link;

/* The foreign tables of servers ($1) in their schemas ($2), and what their options say. */
constexpr const char* tables_query =
    "SELECT l.server, c.oid, coalesce(o.schema, n.nspname), coalesce(o.name, c.relname),"
    " o.kind, a.columns, CASE WHEN c.reltuples >= 0 AND c.reltuples < 9e18"
    "  THEN c.reltuples::numeric::int8 END,"
    " o.updatable, o.selectable, o.key, a.renamed"
    " FROM ROWS FROM (unnest($1::oid[]), unnest($2::oid[])) AS l(server, schema)"
    " JOIN pg_foreign_table t ON t.ftserver = l.server"
    " JOIN pg_class c ON c.oid = t.ftrelid AND c.relnamespace = l.schema"
    " JOIN pg_namespace n ON n.oid = l.schema,"
    " LATERAL (SELECT max(option_value) FILTER (WHERE option_name = 'schema_name') AS schema,"
    "   max(option_value) FILTER (WHERE option_name = 'table_name') AS name,"
    "   max(option_value) FILTER (WHERE option_name = 'updatable') AS updatable,"
    "   max(option_value) FILTER (WHERE option_name = $3) AS kind,"
    "   max(option_value) FILTER (WHERE option_name = $4) AS key,"
    "   max(option_value) FILTER (WHERE option_name = $5) AS selectable"
    "  FROM pg_options_to_table(t.ftoptions)) o,"
    " LATERAL (SELECT count(*) AS columns, ARRAY(SELECT unnest(ARRAY[option_value, r.attname])"
    "   FROM pg_attribute r, pg_options_to_table(r.attfdwoptions) WHERE r.attrelid = c.oid"
    "   AND r.attnum > 0 AND NOT r.attisdropped AND option_name = 'column_name') AS renamed"
    "  FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a"
    " ORDER BY array_position($1::oid[], l.server), n.nspname COLLATE \"C\","
    "  c.relname COLLATE \"C\"";

/* The columns of tables_query. */
enum TablesColumn
{
	server,
	table_oid,
	remote_schema,
	remote_table,
	kind,
	columns,
	estimated_rows,
	updatable,
	selectable,
	key,
	renamed
};

/*
 * The remote's primary key in the names that its columns have here; NULL where nothing is recorded.
 * `names` holds those that differ, each remote name before the local one.
 */
pg::Value local_key(const std::string& recorded, const std::string& names)
{
	auto columns_of_key = schema::parse_array(recorded);
	const auto pairs = schema::parse_array(names);
	if (!columns_of_key)
		return std::nullopt;
	std::map<std::string, std::string> local;
	for (size_t i = 0; pairs && i + 1 < pairs->size(); i += 2)
		local.emplace((*pairs)[i], (*pairs)[i + 1]);
	for (std::string& column : *columns_of_key)
		if (const auto found = local.find(column); found != local.end())
			column = found->second;
	return schema::array_literal(*columns_of_key);
}

const char* boolean(bool value)
{
	return value ? "true" : "false";
}

/* Whether the link lets it be written; what the remote grants is another matter. */
bool is_writable(const pg::Row& row, const Link& link)
{
	const std::string of_server = remote::value_of(link.options, "updatable");
	const std::string said = row[updatable].value_or(of_server.empty() ? "true" : of_server);
	return pg::is_true(said) && row[kind] != "materialized view" && !remote::is_copy(link.options);
}

pg::Row row_of(const pg::Row& row, const Link& link)
{
	pg::Row table{link.name,
	              row[table_oid],
	              row[remote_schema],
	              row[remote_table],
	              row[kind].value_or("table"),
	              row[columns],
	              row[estimated_rows],
	              boolean(is_writable(row, link))};
	/* Of a table without it, nobody has looked what the role may do. */
	const bool recorded = row[key].has_value();
	table.push_back(recorded || row[selectable]
	                    ? std::optional<std::string>(boolean(row[selectable] != "false"))
	                    : std::nullopt);
	table.push_back(recorded ? local_key(*row[key], *row[renamed]) : std::nullopt);
	return table;
}

} // namespace

pg::Rows tables(const std::optional<std::string>& name)
{
	std::vector<Link> links;
	if (name)
		links.push_back(link::require_link(*name));
	else
		links = link::all_links();
	std::map<std::string, const Link*> by_server;
	std::vector<std::string> servers, schemas;
	for (const Link& link : links)
		for (const link::TableSchema& schema : link::own_table_schemas(link))
		{
			servers.push_back(std::to_string(link.server));
			schemas.push_back(std::to_string(schema.oid));
			by_server.emplace(servers.back(), &link);
		}
	pg::Rows rows;
	for (const pg::Row& row : spi::query(
	         tables_query, {schema::array_literal(servers), schema::array_literal(schemas),
	                        schema::kind_option, schema::key_option, schema::selectable_option}))
		rows.push_back(row_of(row, *by_server.at(*row[server])));
	return rows;
}

} // namespace datalinks::command
