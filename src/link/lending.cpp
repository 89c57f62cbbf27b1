/*
 * Links that are granted to roles: see lending.hpp.
 */
#include "link/lending.hpp"

#include <algorithm>
#include <set>

#include "link/options.hpp"
#include "link/schemas.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

using schema::compose;
using schema::join;
using schema::quote_identifier;

/* The word that stands for a grant of the link among remembered privileges. */
#define GRANT_OF_LINK "DATALINK"

constexpr const char* writing = "INSERT, UPDATE, DELETE, TRUNCATE";

/* As SQL has it. */
std::string role_in_sql(unsigned role)
{
	return role == 0 ? "PUBLIC" : quote_identifier(pg::role_name(role));
}

std::string mapping_in_sql(const Link& link, unsigned role)
{
	return compose("USER MAPPING FOR %1% SERVER %2%", role_in_sql(role),
	               quote_identifier(link.server_name));
}

std::vector<std::string> schemas_in_sql(const Link& link)
{
	std::vector<std::string> schemas;
	for (const TableSchema& schema : own_table_schemas(link))
		schemas.push_back(quote_identifier(schema.name));
	return schemas;
}

pg::Options mapping_options(const Link& link, const Grantee& grantee)
{
	pg::Options options{{pg::credentials_option, pg::owners_credentials}};
	if (grantee.read_only)
		options.push_back({pg::read_only_option, "true"});
	if (pg::is_superuser(link.owner))
		options.push_back({"password_required", "false"});
	return options;
}

[[noreturn]] void fail_own_mapping(const Link& link, unsigned role)
{
	throw pg::Failure(pg::sqlstate::duplicate_object,
	                  compose("%1% has a user mapping of its own for data link \"%2%\"",
	                          role == 0 ? "PUBLIC" : compose("role \"%1%\"", pg::role_name(role)),
	                          link.name))
	    .detail("A grant of the link would take the place of the user and password in it.")
	    .hint(compose("DROP %1%; then grant the link.", mapping_in_sql(link, role)));
}

/* One statement for all of them; none for none. */
void change(const char* verb, const std::string& privileges, const char* kind,
            const std::vector<std::string>& objects, const char* preposition, unsigned role)
{
	if (!objects.empty())
		spi::execute(compose("%1% %2% ON %3% %4% %5% %6%", verb, privileges, kind,
		                     join(objects, ", "), preposition, role_in_sql(role)));
}

} // namespace

std::string grantee_name(unsigned role)
{
	return role == 0 ? "public" : pg::role_name(role);
}

unsigned find_grantee(const std::string& name)
{
	if (name == "public")
		return 0;
	if (const unsigned role = pg::find_role(name); role != 0)
		return role;
	if (schema::looks_like_url(name))
		throw pg::Failure(pg::sqlstate::undefined_object, "role does not exist");
	throw pg::Failure(pg::sqlstate::undefined_object, compose("role \"%1%\" does not exist", name));
}

std::map<unsigned, std::vector<Grantee>> grantees_of(const std::vector<Link>& links)
{
	std::map<unsigned, unsigned> owners; /* by server */
	std::set<unsigned> servers;
	for (const Link& link : links)
	{
		owners[link.server] = link.owner;
		servers.insert(link.server);
	}
	std::map<unsigned, std::vector<Grantee>> grantees;
	for (const auto& [server, mapping] : pg::mappings_of(servers))
		if (mapping.holder != owners[server])
			grantees[server].push_back(
			    {mapping.holder, mapping.lends && mapping.read_only, mapping.lends});
	for (auto& [server, its] : grantees)
		std::sort(its.begin(), its.end(), [](const Grantee& a, const Grantee& b) {
			return grantee_name(a.role) < grantee_name(b.role);
		});
	return grantees;
}

std::vector<Grantee> grantees_of(const Link& link)
{
	return grantees_of(std::vector{link})[link.server];
}

void lend(const Link& link, const Grantee& grantee)
{
	const pg::Options wanted = mapping_options(link, grantee);
	const auto standing = pg::own_mapping_options(link.server, grantee.role);
	const std::string mapping = mapping_in_sql(link, grantee.role);
	if (!standing)
	{
		spi::execute(compose("CREATE %1% OPTIONS (%2%)", mapping, schema::option_list(wanted)));
		return;
	}
	/* An empty one has come out of a dump by somebody who may not see what was in it. */
	if (!standing->empty() && !pg::lends(*standing))
		fail_own_mapping(link, grantee.role);
	if (const auto changes = changes_between(*standing, wanted); !changes.empty())
		spi::execute(compose("ALTER %1% OPTIONS (%2%)", mapping, option_actions(changes)));
}

bool take_back(const Link& link, unsigned role)
{
	const auto standing = pg::own_mapping_options(link.server, role);
	if (!standing || !pg::lends(*standing))
		return false;
	spi::execute("DROP " + mapping_in_sql(link, role));
	return true;
}

std::vector<std::string> grantable_tables(const Link& link)
{
	std::vector<std::string> tables;
	for (const auto& row :
	     spi::query_now("SELECT n.nspname, c.relname FROM pg_catalog.pg_foreign_table t"
	                    " JOIN pg_catalog.pg_class c ON c.oid = t.ftrelid"
	                    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	                    " WHERE t.ftserver = $1::oid AND n.oid = ANY ($2::oid[])"
	                    " AND pg_has_role(c.relowner, 'USAGE') ORDER BY 1, 2",
	                    {std::to_string(link.server), oid_array(own_schemas(link))}))
		tables.push_back(quote_identifier(*row[0]) + "." + quote_identifier(*row[1]));
	return tables;
}

void grant_objects(const Link& link, const Grantee& grantee, const std::vector<std::string>& tables,
                   const std::vector<std::string>& types)
{
	const auto grant = [&](const std::string& privileges, const char* kind,
	                       const std::vector<std::string>& objects) {
		change("GRANT", privileges, kind, objects, "TO", grantee.role);
	};
	grant("USAGE", "SCHEMA", schemas_in_sql(link));
	grant("SELECT", "TABLE", tables);
	if (grantee.read_only)
		change("REVOKE", writing, "TABLE", tables, "FROM", grantee.role);
	else
		grant(writing, "TABLE", tables);
	grant("USAGE", "TYPE", types);
}

void revoke_objects(const Link& link, unsigned role, const std::vector<std::string>& tables,
                    const std::vector<std::string>& types)
{
	change("REVOKE", compose("SELECT, %1%", writing), "TABLE", tables, "FROM", role);
	/* PUBLIC has it by itself. */
	if (role != 0)
		change("REVOKE", "USAGE", "TYPE", types, "FROM", role);
	change("REVOKE", "USAGE", "SCHEMA", schemas_in_sql(link), "FROM", role);
}

std::string remember_grantees(const std::string& grants, const std::vector<Grantee>& grantees)
{
	std::vector<std::string> roles, read_only;
	for (const Grantee& grantee : grantees)
		if (grantee.lent)
		{
			roles.push_back(grantee_name(grantee.role));
			read_only.emplace_back(grantee.read_only ? "true" : "false");
		}
	if (roles.empty())
		return grants;
	static const char* const query =
	    "SELECT $1::jsonb || jsonb_agg(jsonb_build_object('role', role,"
	    " 'privilege', '" GRANT_OF_LINK "', 'read_only', read_only))"
	    " FROM unnest($2::text[], $3::bool[]) AS g(role, read_only)";
	return *spi::query(query,
	                   {grants, schema::array_literal(roles), schema::array_literal(read_only)})
	            .front()
	            .front();
}

void lend_again(const Link& link, const std::string& grants)
{
	static const char* const query =
	    "SELECT role, coalesce(read_only, true) FROM jsonb_to_recordset($1::jsonb)"
	    " AS g(role name, privilege text, read_only bool)"
	    " WHERE privilege = '" GRANT_OF_LINK "' AND role IS NOT NULL";
	std::vector<std::string> lost;
	for (const auto& row : spi::query(query, {grants}))
	{
		const unsigned role = *row[0] == "public" ? 0 : pg::find_role(*row[0]);
		if (role == link.owner || (role == 0 && *row[0] != "public"))
			lost.push_back("role " + schema::quote_where_needed(*row[0]));
		else
			lend(link, {role, *row[1] == "t", true});
	}
	if (!lost.empty())
		pg::notice(compose("data link \"%1%\" could not be granted again to all", link.name),
		           join(lost, "\n"));
}

} // namespace datalinks::link
