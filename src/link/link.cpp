/*
 * Data links as the catalogs hold them: see link.hpp.
 */
#include "link/link.hpp"

#include <algorithm>

#include "link/schemas.hpp"
#include "link/union.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/schemas.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

namespace sqlstate = pg::sqlstate;
using remote::value_of;
using schema::compose;

/*
 * A server of our wrapper is a link when it names a schema, and its lists can be read: nobody's
 * command may fail because of somebody else's server.
 */
std::optional<Link> link_of(const pg::ForeignServer& server)
{
	const pg::Options& options = server.options;
	const std::string name = value_of(options, "link");
	if (name.empty())
		return std::nullopt;
	const auto settings = read_settings(options);
	if (!settings || settings->schemas.size() % 2 != 0)
		return std::nullopt;
	return Link{name,         server.oid,     server.name,
	            server.owner, server.version, value_of(options, "created_at"),
	            *settings,    options};
}

std::vector<Link> links_of(const std::vector<pg::ForeignServer>& servers)
{
	std::vector<Link> links;
	for (const pg::ForeignServer& server : servers)
		if (auto link = link_of(server))
			links.push_back(std::move(*link));
	std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) {
		return std::tie(a.name, a.server) < std::tie(b.name, b.server);
	});
	return links;
}

} // namespace

std::vector<Link> all_links()
{
	return links_of(pg::foreign_servers());
}

std::vector<Link> links_named(const std::vector<std::string>& names)
{
	return links_of(pg::servers_of_links(names));
}

std::vector<Link> links_named_or_to_all_schemas(const std::vector<std::string>& names)
{
	return links_of(pg::servers_of_links(names, "schemas"));
}

std::vector<Link> links_to_all_schemas()
{
	return links_of(pg::servers_with_option("schemas"));
}

std::optional<Link> find_link(const std::string& name)
{
	std::optional<Link> found;
	int found_rank = 0;
	for (Link& link : links_named({name}))
	{
		const int standing = own_schema_of(link) != 0 ? 4 : pg::owns_server(link.server) ? 2 : 0;
		const int rank = standing + (link.server_name == name ? 2 : 1);
		if (rank > found_rank)
		{
			found = std::move(link);
			found_rank = rank;
		}
	}
	return found;
}

Link link_on(unsigned server, const std::string& name)
{
	for (Link& link : links_named({name}))
		if (link.server == server)
			return std::move(link);
	fail_unknown(name);
}

Invalidity invalidity_of(const Link& link)
{
	const unsigned schema = pg::find_schema(link.name);
	if (schema == 0)
		return "its schema is gone";
	if (pg::schema_owner(schema) != link.owner)
		return "the schema of its name belongs to another role";
	if (own_schema_of(link) == 0)
		return "the schema of its name holds other objects and none of its tables";
	if (has_lost_schemas(link))
		return "its schemas are gone";
	/* Who may use it, and how it connects, stands in the administrator's file. */
	if (!value_of(link.options, remote::url_name_option).empty())
		return std::nullopt;
	/* What somebody else's mapping lends is the owner's own. */
	const auto mapping = pg::mapping_options(link.server, link.owner);
	if (!mapping || pg::lends(*mapping))
		return compose("its owner %1% has no user mapping",
		               schema::quote_identifier(pg::role_name(link.owner)));
	/*
	 * A dump made by somebody who may not see the mapping carries it without its options. Only
	 * superusers may do without a password, and their mappings name a user at least.
	 */
	const pg::Options& options = *mapping;
	const bool may_lack_password =
	    pg::is_superuser(link.owner) || value_of(options, "password_required") == "false";
	const bool came_empty = options.empty() && value_of(link.options, "service").empty();
	if (value_of(options, "password").empty() && (!may_lack_password || came_empty))
		return "the user mapping of its owner has no password";
	return std::nullopt;
}

unsigned own_schema_of(const Link& link)
{
	const unsigned schema = pg::find_schema(link.name);
	if (schema == 0 || pg::schema_owner(schema) != link.owner)
		return 0;
	if (pg::holds_table_of(schema, link.server) || pg::is_empty_schema(schema))
		return schema;
	const auto holds_table = [&](const TableSchema& own) {
		return pg::holds_table_of(own.oid, link.server);
	};
	const TableSchemas schemas =
	    has_all_schemas(link.settings) ? own_table_schemas(link) : TableSchemas();
	return std::any_of(schemas.begin(), schemas.end(), holds_table) ? schema : 0;
}

void require_link_name(const std::string& name)
{
	if (schema::is_link_name(name))
		return;
	pg::Failure failure(sqlstate::invalid_name, "invalid data link name");
	failure.detail(schema::is_reserved_name(name)
	                   ? "Names that begin with \"pg_\" are PostgreSQL's own."
	                   : "A name has 1 to 63 characters, each of them a lower-case letter, a digit "
	                     "or an underscore (a-z, 0-9, _).");
	if (schema::looks_like_url(name))
	{
		pg::hide_call("SELECT datalink('(hidden)')");
		failure.hint("The URL comes first: datalink_create(remote_url, name).");
	}
	else if (name.starts_with('{'))
		failure.hint("Where several links may be given they are an array: ARRAY['a', 'b'], or "
		             "'{a,b}'::text[].");
	throw failure;
}

void require_one_list(const Settings& settings, const std::string& hint)
{
	if (!settings.only_tables.empty() && !settings.except_tables.empty())
		throw pg::Failure(sqlstate::invalid_parameter_value,
		                  "only_tables and except_tables cannot be given together")
		    .hint(hint);
}

void fail_unknown(const std::string& name)
{
	require_link_name(name);
	if (find_union(name))
		throw pg::Failure(wrong_object_type, compose("\"%1%\" is a union of data links", name))
		    .hint("On unions work datalink_diff(), datalink_refresh(), datalink_drop(), "
		          "datalink_union_add() and datalink_union_remove(); GRANT lets roles read its "
		          "views.");
	throw pg::Failure(sqlstate::undefined_object, compose("data link \"%1%\" does not exist", name))
	    .hint("datalink_list() shows the links of this database.");
}

void fail_not_owner(const std::string& name)
{
	throw pg::Failure(sqlstate::insufficient_privilege,
	                  compose("must be owner of data link \"%1%\"", name));
}

} // namespace datalinks::link
