/*
 * Privileges on a link's schema and tables: see grants.hpp.
 */
#include "link/grants.hpp"

#include <vector>

#include "link/lending.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
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
	table_exists
};

std::string grantee_of(const pg::Row& row)
{
	return *row[role_name] == "public" ? "PUBLIC" : quote_identifier(*row[role_name]);
}

std::string object_of(const pg::Row& row, const std::string& schema)
{
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
	return role_exists && *row[table_exists] == "t";
}

std::string oid_array(const std::vector<unsigned>& oids)
{
	std::string array = "{";
	for (const unsigned oid : oids)
		array.append(array.size() == 1 ? "" : ",").append(std::to_string(oid));
	return array + "}";
}

} // namespace

/* The privileges on the schemas of $1 (their OIDs) and on the foreign tables in them. */
#define HELD                                                                                       \
	"WITH wanted(schema) AS (SELECT pg_catalog.unnest($1::pg_catalog.oid[])),"                     \
	" held(schema, relation, attribute, owner, acl) AS ("                                          \
	" SELECT oid, NULL::name, NULL::name, nspowner, nspacl FROM pg_catalog.pg_namespace"           \
	"  JOIN wanted ON wanted.schema = oid"                                                         \
	" UNION ALL SELECT relnamespace, relname, NULL, relowner, relacl FROM pg_catalog.pg_class"     \
	"  JOIN wanted ON wanted.schema = relnamespace WHERE relkind = 'f'"                            \
	" UNION ALL SELECT c.relnamespace, c.relname, a.attname, c.relowner, a.attacl"                 \
	"  FROM pg_catalog.pg_class c JOIN wanted ON wanted.schema = c.relnamespace"                   \
	"  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"                                       \
	"  WHERE c.relkind = 'f' AND a.attacl IS NOT NULL)"

std::map<unsigned, long> count_grants(const std::vector<unsigned>& schemas)
{
	std::map<unsigned, long> counts;
	for (const auto& row :
	     spi::query(HELD " SELECT schema, sum(coalesce(pg_catalog.cardinality(acl), 0))"
	                     " FROM held GROUP BY schema",
	                {oid_array(schemas)}))
		counts[static_cast<unsigned>(std::stoul(*row[0]))] = std::stol(*row[1]);
	return counts;
}

std::map<unsigned, std::string> grants_on(const std::vector<unsigned>& schemas)
{
	static const char* const query =
	    HELD " SELECT schema, json_agg(json_build_object('table', relation, 'column', attribute,"
	         "  'role', CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END,"
	         "  'privilege', g.privilege_type, 'grantable', g.is_grantable)"
	         "  ORDER BY relation, attribute, g.grantee, g.privilege_type)"
	         " FROM held, aclexplode(acl) g WHERE g.grantee <> owner GROUP BY schema";
	std::map<unsigned, std::string> grants;
	for (const unsigned schema : schemas)
		grants[schema] = "[]";
	for (const auto& row : spi::query(query, {oid_array(schemas)}))
		grants[static_cast<unsigned>(std::stoul(*row[0]))] = *row[1];
	return grants;
}

std::vector<std::string> holders_on(const Link& link, const std::string& table,
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
	     spi::query_now(query, {std::to_string(own_schema_of(link)), table, column}))
		holders.push_back("role " + *row[0]);
	return holders;
}

void grant_again(const std::string& schema, const std::string& grants)
{
	/* The privilege is a word of SQL: nothing else of the table's may become one. */
	static const char* const query =
	    "SELECT g.\"table\", g.\"column\", g.role, g.privilege, g.grantable,"
	    " g.\"table\" IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_class c"
	    "  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
	    "   AND a.attname = g.\"column\" AND NOT a.attisdropped"
	    "  WHERE c.relnamespace = $2::oid AND c.relname = g.\"table\""
	    "  AND (g.\"column\" IS NULL OR a.attnum IS NOT NULL))"
	    " FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS g(\"table\" name,"
	    "  \"column\" name, role name, privilege text, grantable bool)"
	    " WHERE g.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',"
	    "  'REFERENCES', 'TRIGGER', 'USAGE', 'CREATE', 'MAINTAIN')";
	if (const auto link = find_link(schema))
		lend_again(*link, grants);
	std::vector<std::string> lost;
	for (const auto& row : spi::query(query, {grants, std::to_string(pg::find_schema(schema))}))
	{
		if (can_be_granted(row))
			spi::execute(statement_of(row, schema));
		else
			lost.push_back(statement_of(row, schema));
	}
	if (!lost.empty())
		pg::notice("some privileges could not be granted again", schema::join(lost, "\n"));
}

} // namespace datalinks::link
