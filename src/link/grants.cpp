/*
 * Privileges on a link's schema and tables: see grants.hpp.
 */
#include "link/grants.hpp"

#include <vector>

#include "link/lending.hpp"
#include "link/schemas.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/schemas.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

using schema::compose;
using schema::quote_identifier;

/* The columns of a remembered privilege. */
enum GrantColumn
{
	table_name,
	column_name,
	role_name,
	privilege,
	grantable,
	exists,
	schema_name
};

std::string grantee_of(const pg::Row& row)
{
	return *row[role_name] == "public" ? "PUBLIC" : quote_identifier(*row[role_name]);
}

std::string object_of(const pg::Row& row, const std::string& link)
{
	const std::string schema = row[schema_name].value_or(link);
	if (!row[table_name])
		return "SCHEMA " + quote_identifier(schema);
	return "TABLE " + quote_identifier(schema) + "." + quote_identifier(*row[table_name]);
}

std::string statement_of(const pg::Row& row, const std::string& schema)
{
	const std::string column =
	    row[column_name] ? " (" + quote_identifier(*row[column_name]) + ")" : "";
	return compose("GRANT %1%%2% ON %3% TO %4%%5%", *row[privilege], column, object_of(row, schema),
	               grantee_of(row), *row[grantable] == "t" ? " WITH GRANT OPTION" : "");
}

bool can_be_granted(const pg::Row& row)
{
	const bool role_exists = *row[role_name] == "public" || pg::find_role(*row[role_name]) != 0;
	return role_exists && *row[exists] == "t";
}

/* The schemas and their links' as the parameters of HELD. */
std::vector<pg::Value> parameters_of(const SchemasOfLinks& schemas)
{
	std::vector<unsigned> each, of;
	for (const auto& [schema, named] : schemas)
	{
		each.push_back(schema);
		of.push_back(named);
	}
	return {oid_array(each), oid_array(of)};
}

} // namespace

/*
 * The privileges on the schemas of $1 (their OIDs) and on the foreign tables in them; $2 has for
 * each the schema that bears the link's name.
 */
#define HELD                                                                                       \
	"WITH wanted(schema, named) AS (SELECT * FROM ROWS FROM"                                       \
	"  (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) u),"     \
	" held(schema, named, relation, attribute, owner, acl) AS ("                                   \
	" SELECT schema, named, NULL::name, NULL::name, nspowner, nspacl"                              \
	"  FROM pg_catalog.pg_namespace JOIN wanted ON wanted.schema = oid"                            \
	" UNION ALL SELECT schema, named, relname, NULL, relowner, relacl FROM pg_catalog.pg_class"    \
	"  JOIN wanted ON wanted.schema = relnamespace WHERE relkind = 'f'"                            \
	" UNION ALL SELECT schema, named, c.relname, a.attname, c.relowner, a.attacl"                  \
	"  FROM pg_catalog.pg_class c JOIN wanted ON wanted.schema = c.relnamespace"                   \
	"  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"                                       \
	"  WHERE c.relkind = 'f' AND a.attacl IS NOT NULL)"

std::map<unsigned, long> count_grants(const SchemasOfLinks& schemas)
{
	std::map<unsigned, long> counts;
	for (const auto& row :
	     spi::query(HELD " SELECT named, sum(coalesce(pg_catalog.cardinality(acl), 0))"
	                     " FROM held GROUP BY named",
	                parameters_of(schemas)))
		counts[static_cast<unsigned>(std::stoul(*row[0]))] = std::stol(*row[1]);
	return counts;
}

std::map<unsigned, std::string> grants_on(const SchemasOfLinks& schemas)
{
	static const char* const query =
	    HELD ", each AS (SELECT *, CASE WHEN schema <> named THEN (SELECT nspname"
	         "  FROM pg_namespace WHERE oid = schema) END AS place FROM held)"
	         " SELECT named, jsonb_agg(CASE WHEN place IS NULL THEN '{}'"
	         "   ELSE jsonb_build_object('schema', place) END"
	         "  || jsonb_build_object('table', relation, 'column', attribute,"
	         "  'role', CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END,"
	         "  'privilege', g.privilege_type, 'grantable', g.is_grantable)"
	         "  ORDER BY place, relation, attribute, g.grantee, g.privilege_type)"
	         " FROM each, aclexplode(acl) g WHERE g.grantee <> owner GROUP BY named";
	std::map<unsigned, std::string> grants;
	for (const auto& [schema, named] : schemas)
		grants[named] = "[]";
	for (const auto& row : spi::query(query, parameters_of(schemas)))
		grants[static_cast<unsigned>(std::stoul(*row[0]))] = *row[1];
	return grants;
}

std::vector<std::string> holders_on(const std::string& schema, const std::string& table,
                                    const std::string& column)
{
	static const char* const query =
	    "WITH held(owner, acl) AS ("
	    " SELECT relowner, relacl FROM pg_catalog.pg_class"
	    "  WHERE relnamespace = $1::oid AND relname = $2 AND $3 = ''"
	    " UNION ALL SELECT c.relowner, a.attacl FROM pg_catalog.pg_class c"
	    "  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
	    "  WHERE c.relnamespace = $1::oid AND c.relname = $2 AND $3 IN ('', a.attname))"
	    " SELECT DISTINCT CASE g.grantee WHEN 0 THEN 'public'"
	    "  ELSE quote_ident(pg_get_userbyid(g.grantee)) END"
	    " FROM held, aclexplode(acl) g WHERE g.grantee <> owner ORDER BY 1";
	std::vector<std::string> holders;
	for (const auto& row :
	     spi::query_now(query, {std::to_string(pg::find_schema(schema)), table, column}))
		holders.push_back("role " + *row[0]);
	return holders;
}

void grant_again(const std::string& name, const std::string& grants)
{
	/*
	 * The privilege is a word of SQL: nothing else of the table's may become one. $2 and $3 are the
	 * schemas of the link, their names and OIDs.
	 */
	static const char* const query =
	    "SELECT g.\"table\", g.\"column\", g.role, g.privilege, g.grantable,"
	    " own.oid IS NOT NULL AND (g.\"table\" IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_class c"
	    "  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
	    "   AND a.attname = g.\"column\" AND NOT a.attisdropped"
	    "  WHERE c.relnamespace = own.oid AND c.relname = g.\"table\""
	    "  AND (g.\"column\" IS NULL OR a.attnum IS NOT NULL))), g.schema"
	    " FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS g(schema name,"
	    "  \"table\" name, \"column\" name, role name, privilege text, grantable bool)"
	    " LEFT JOIN ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]),"
	    "  pg_catalog.unnest($3::pg_catalog.oid[])) AS own(name, oid)"
	    "  ON own.name = coalesce(g.schema, $4)"
	    " WHERE g.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',"
	    "  'REFERENCES', 'TRIGGER', 'USAGE', 'CREATE', 'MAINTAIN')";
	std::vector<std::string> names;
	std::vector<unsigned> oids;
	const auto add = [&](const std::string& schema, unsigned oid) {
		names.push_back(schema);
		oids.push_back(oid);
	};
	if (const auto link = find_link(name))
	{
		lend_again(*link, grants);
		for (const TableSchema& schema : own_table_schemas(*link))
			add(schema.name, schema.oid);
		if (has_all_schemas(link->settings))
			add(link->name, own_schema_of(*link));
	}
	std::vector<std::string> lost;
	for (const auto& row :
	     spi::query(query, {grants, schema::array_literal(names), oid_array(oids), name}))
	{
		if (can_be_granted(row))
			spi::execute(statement_of(row, name));
		else
			lost.push_back(statement_of(row, name));
	}
	if (!lost.empty())
		pg::notice("some privileges could not be granted again", schema::join(lost, "\n"));
}

} // namespace datalinks::link
