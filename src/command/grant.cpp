/*
 * datalink_grant, datalink_revoke and datalink_grants: see grant.hpp.
 */
#include "command/grant.hpp"

#include "link/lending.hpp"
#include "link/own_statements.hpp"
#include "link/rights.hpp"
#include "link/schemas.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/made_types.hpp"

namespace datalinks::command
{

namespace
{

using link::Grantee;
using link::Link;
using link::OwnStatements;
using schema::compose;

void require_not_owner(const Link& link, unsigned role)
{
	if (role == link.owner)
		throw pg::Failure(
		    pg::sqlstate::invalid_grant_operation,
		    compose("role \"%1%\" owns data link \"%2%\"", pg::role_name(role), link.name))
		    .hint("datalink_alter(name, read_only => true) makes a link read-only for its owner, "
		          "too.");
}

/* The tables on which the role has SELECT, as text. */
std::string count_tables(const Link& link, const std::vector<unsigned>& schemas,
                         const Grantee& grantee)
{
	return *spi::query(
	            "SELECT count(*) FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid"
	            " WHERE t.ftserver = $1::oid AND c.relnamespace = ANY ($2::oid[])"
	            " AND has_schema_privilege($3::name, c.relnamespace, 'USAGE')"
	            " AND has_any_column_privilege($3::name, c.oid, 'SELECT')",
	            {std::to_string(link.server), link::oid_array(schemas),
	             link::grantee_name(grantee.role)})
	            .front()
	            .front();
}

void add_rows(pg::Rows& rows, const Link& link)
{
	const std::vector<unsigned> schemas = link::own_schemas(link);
	if (schemas.empty())
		return;
	for (const Grantee& grantee : link::grantees_of(link))
		rows.push_back({link.name, link::grantee_name(grantee.role), grantee.lent ? "owner" : "own",
		                grantee.read_only ? "true" : "false",
		                count_tables(link, schemas, grantee)});
}

} // namespace

void grant(const std::string& name, const std::string& role, bool read_only)
{
	const OwnStatements own;
	pg::require_read_write("datalink_grant()");
	const Link link = link::require_owned(name);
	const Grantee grantee{link::find_grantee(role), read_only, true};
	require_not_owner(link, grantee.role);
	const pg::UserSwitch as_owner = link::act_as_owner(link.owner, name);
	link::lend(link, grantee);
	link::grant_objects(link, grantee, link::grantable_tables(link), sync::made_types(link));
}

void revoke(const std::string& name, const std::string& role)
{
	const OwnStatements own;
	pg::require_read_write("datalink_revoke()");
	const Link link = link::lock_owned(name);
	const unsigned grantee = link::find_grantee(role);
	require_not_owner(link, grantee);
	const pg::UserSwitch as_owner = link::act_as_owner(link.owner, name);
	const bool lent = link::take_back(link, grantee);
	if (link::own_schema_of(link) != 0)
		link::revoke_objects(link, grantee, link::grantable_tables(link), sync::made_types(link));
	if (lent)
		return;
	const bool mapped = pg::own_mapping_options(link.server, grantee).has_value();
	pg::notice(
	    compose("data link \"%1%\" was not granted to %2%", name, link::grantee_name(grantee)),
	    mapped ? "A user mapping of its own stands, and stays." : "");
}

pg::Rows grants(const std::optional<std::string>& name)
{
	pg::Rows rows;
	if (name)
		add_rows(rows, link::require_link(*name));
	else
		for (const Link& link : link::all_links())
			add_rows(rows, link);
	return rows;
}

} // namespace datalinks::command
