/*
 * The links that were reset: see invalid_links.hpp.
 */
#include "link/invalid_links.hpp"

#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "postgres/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

/* Reads the rows that fulfil a condition of ours. */
std::vector<InvalidLink> select(const std::string& condition,
                                const std::vector<spi::Value>& parameters)
{
	std::vector<InvalidLink> links;
	for (const spi::Row& row :
	     spi::query("SELECT name, remote, remote_name, remote_schema, only_tables, except_tables,"
	                " read_only, owner, grants, created_at, invalidated_at, reason"
	                " FROM datalinks.invalid_link " +
	                    condition + " ORDER BY name COLLATE pg_catalog.\"C\"",
	                parameters))
	{
		const Settings settings{*row[3], pg::parse_text_array(*row[4]),
		                        pg::parse_text_array(*row[5]), *row[6] == "t", {}};
		links.push_back({*row[0], *row[1], *row[2], settings, *row[7], *row[8], row[9].value_or(""),
		                 *row[10], *row[11]});
	}
	return links;
}

} // namespace

std::vector<InvalidLink> all_invalid_links()
{
	return select("", {});
}

std::optional<InvalidLink> find_invalid_link(const std::string& name)
{
	auto found = select("WHERE name OPERATOR(pg_catalog.=) $1", {name});
	if (found.empty())
		return std::nullopt;
	return std::move(found.front());
}

void remember(const Link& link, const std::string& grants, const std::string& reason)
{
	const spi::Value created_at =
	    link.created_at.empty() ? std::nullopt : spi::Value(link.created_at);
	const std::string owner = pg::role_name(link.owner);
	const pg::UserSwitch as_owner(pg::extension_owner());
	spi::query("INSERT INTO datalinks.invalid_link (name, remote, remote_name, remote_schema,"
	           " only_tables, except_tables, read_only, owner, grants, created_at,"
	           " invalidated_at, reason) VALUES ($1, $2, $3, $4, $5::pg_catalog.text[],"
	           " $6::pg_catalog.text[], $7::pg_catalog.bool, $8, $9::pg_catalog.jsonb,"
	           " $10::pg_catalog.timestamptz, pg_catalog.now(), $11)"
	           " ON CONFLICT (name) DO UPDATE SET remote = excluded.remote,"
	           " remote_name = excluded.remote_name, remote_schema = excluded.remote_schema,"
	           " only_tables = excluded.only_tables, except_tables = excluded.except_tables,"
	           " read_only = excluded.read_only, owner = excluded.owner,"
	           " grants = excluded.grants, created_at = excluded.created_at,"
	           " invalidated_at = excluded.invalidated_at, reason = excluded.reason",
	           {link.name, remote::display(link.options, ""), link.server_name,
	            link.settings.remote_schema, schema::array_literal(link.settings.only_tables),
	            schema::array_literal(link.settings.except_tables),
	            link.settings.read_only ? "t" : "f", owner, grants, created_at, reason});
}

void forget(const std::string& name)
{
	const pg::UserSwitch as_owner(pg::extension_owner());
	spi::query("DELETE FROM datalinks.invalid_link WHERE name OPERATOR(pg_catalog.=) $1", {name});
}

std::string grants_on(unsigned schema)
{
	static const char* const query =
	    "WITH held(relation, attribute, owner, acl) AS ("
	    " SELECT NULL::name, NULL::name, nspowner, nspacl FROM pg_catalog.pg_namespace"
	    "  WHERE oid = $1::oid"
	    " UNION ALL SELECT relname, NULL, relowner, relacl FROM pg_catalog.pg_class"
	    "  WHERE relnamespace = $1::oid AND relkind = 'f'"
	    " UNION ALL SELECT c.relname, a.attname, c.relowner, a.attacl"
	    "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
	    "  WHERE c.relnamespace = $1::oid AND c.relkind = 'f' AND a.attacl IS NOT NULL)"
	    " SELECT coalesce(json_agg(json_build_object('table', relation, 'column', attribute,"
	    "  'role', CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END,"
	    "  'privilege', g.privilege_type, 'grantable', g.is_grantable)"
	    "  ORDER BY relation, attribute, g.grantee, g.privilege_type), '[]')"
	    " FROM held, aclexplode(acl) g WHERE g.grantee <> owner";
	return *spi::query(query, {std::to_string(schema)})[0][0];
}

void require_owner(const InvalidLink& link)
{
	const unsigned owner = pg::find_role(link.owner);
	if (owner != 0 && pg::has_privileges_of(pg::current_role(), owner))
		return;
	if (pg::has_privileges_of(pg::current_role(), pg::database_owner()))
		return;
	throw pg::Failure(pg::sqlstate::insufficient_privilege,
	                  schema::format("must be owner of data link \"%1%\"", link.name));
}

} // namespace datalinks::link
