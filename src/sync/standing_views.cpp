/*
 * The reader of a union's schema: see standing_views.hpp.
 */
#include "sync/standing_views.hpp"

#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "sync/union_members.hpp"

namespace datalinks::sync
{

namespace
{

using link::Union;

std::string schema_of(const Union& unified)
{
	return std::to_string(link::own_schema_of(unified));
}

void read_columns(std::map<std::string, StandingView>& views, const Union& unified)
{
	for (const auto& row :
	     spi::query_now("SELECT c.relname, a.attname, a.atttypid, a.atttypmod, a.attcollation"
	                    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a"
	                    "  ON a.attrelid = c.oid AND a.attnum > 0"
	                    " WHERE c.relnamespace = $1::oid AND c.relkind = 'v'"
	                    " ORDER BY c.oid, a.attnum",
	                    {schema_of(unified)}))
		views[*row[0]].columns.push_back(column_in(row, 1));
}

void read_links(std::map<std::string, StandingView>& views, const Union& unified)
{
	for (const auto& row : spi::query_now(
	         "SELECT DISTINCT v.relname, n.nspname FROM pg_catalog.pg_class v"
	         " JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid"
	         " JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass"
	         "  AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass"
	         " JOIN pg_catalog.pg_class f ON f.oid = d.refobjid AND f.relkind = 'f'"
	         " JOIN pg_catalog.pg_namespace n ON n.oid = f.relnamespace"
	         " WHERE v.relnamespace = $1::oid AND v.relkind = 'v' ORDER BY 1, 2",
	         {schema_of(unified)}))
		views[*row[0]].links.push_back(*row[1]);
}

} // namespace

std::map<std::string, StandingView> standing_views(const Union& unified)
{
	std::map<std::string, StandingView> views;
	for (const auto& row : spi::query_now(
	         "SELECT c.relname, pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass,"
	         "  c.oid, 0), c.relkind = 'v' AND c.relname = ANY ($2::pg_catalog.text[]) AS own,"
	         " CASE WHEN c.relkind = 'v' AND c.relname = ANY ($2::pg_catalog.text[])"
	         "  THEN pg_catalog.pg_get_viewdef(c.oid) END,"
	         " pg_catalog.array_to_string(c.reloptions, ', ')"
	         " FROM pg_catalog.pg_class c WHERE c.relnamespace = $1::oid"
	         " AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')",
	         {schema_of(unified), schema::array_literal(unified.settings.views)}))
	{
		StandingView& view = views[*row[0]];
		view.described = *row[1];
		view.own = *row[2] == "t";
		view.query = row[3].value_or("");
		if (!view.query.empty() && view.query.back() == ';')
			view.query.pop_back();
		view.options = row[4].value_or("");
	}
	read_columns(views, unified);
	read_links(views, unified);
	return views;
}

std::vector<std::string> restoring_statements(const Union& unified, const std::string& view,
                                              const std::vector<pg::ResultColumn>& columns)
{
	std::vector<std::string> names;
	for (const pg::ResultColumn& column : columns)
		names.push_back(column.name);
	std::vector<std::string> statements;
	for (const auto& row : spi::query_now(
	         "WITH v AS (SELECT c.oid, c.relowner, c.relacl, format('%I.%I', $1, c.relname) AS name"
	         "  FROM pg_catalog.pg_class c WHERE c.relnamespace = $2::oid AND c.relname = $3),"
	         " a AS (SELECT a.attnum, a.attname, a.attacl FROM v JOIN pg_catalog.pg_attribute a"
	         "  ON a.attrelid = v.oid AND a.attname = ANY ($4::text[]) AND a.attnum > 0)"
	         " SELECT format('GRANT %s ON %s TO %s%s', g.privilege_type, v.name,"
	         "  CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) "
	         "END,"
	         "  CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)"
	         "  FROM v, aclexplode(v.relacl) g WHERE g.grantee <> v.relowner"
	         " UNION ALL SELECT format('GRANT %s (%I) ON %s TO %s%s', g.privilege_type, a.attname,"
	         "  v.name,"
	         "  CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) "
	         "END,"
	         "  CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)"
	         "  FROM v, a, aclexplode(a.attacl) g WHERE g.grantee <> v.relowner"
	         " UNION ALL SELECT format('COMMENT ON VIEW %s IS %L', v.name, d.description)"
	         "  FROM v JOIN pg_catalog.pg_description d ON d.objoid = v.oid AND d.objsubid = 0"
	         "  AND d.classoid = 'pg_catalog.pg_class'::regclass"
	         " UNION ALL SELECT format('COMMENT ON COLUMN %s.%I IS %L', v.name, a.attname,"
	         "   d.description)"
	         "  FROM v CROSS JOIN a JOIN pg_catalog.pg_description d ON d.objoid = v.oid"
	         "  AND d.objsubid = a.attnum AND d.classoid = 'pg_catalog.pg_class'::regclass"
	         " UNION ALL SELECT pg_get_triggerdef(t.oid) FROM v JOIN pg_catalog.pg_trigger t"
	         "  ON t.tgrelid = v.oid AND NOT t.tgisinternal",
	         {unified.name, schema_of(unified), view, schema::array_literal(names)}))
		statements.push_back(*row[0]);
	return statements;
}

std::vector<std::string> revoking_statements(const Union& unified, const std::string& view)
{
	std::vector<std::string> statements;
	for (const auto& row :
	     spi::query_now("SELECT DISTINCT format('REVOKE ALL ON %I.%I FROM %s', $1, c.relname,"
	                    "  CASE g.grantee WHEN 0 THEN 'PUBLIC'"
	                    "   ELSE quote_ident(pg_get_userbyid(g.grantee)) END)"
	                    " FROM pg_catalog.pg_class c, aclexplode(c.relacl) g"
	                    " WHERE c.relnamespace = $2::oid AND c.relname = $3"
	                    " AND g.grantee <> c.relowner",
	                    {unified.name, schema_of(unified), view}))
		statements.push_back(*row[0]);
	return statements;
}

} // namespace datalinks::sync
