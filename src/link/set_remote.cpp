/*
 * datalink_set_remote: see set_remote.hpp.
 */
#include "link/set_remote.hpp"

#include "link/connect.hpp"
#include "link/create.hpp"
#include "link/drop.hpp"
#include "link/grants.hpp"
#include "link/invalid_links.hpp"
#include "link/made_types.hpp"
#include "link/operation.hpp"
#include "link/option_changes.hpp"
#include "link/refresh.hpp"
#include "link/remote_url.hpp"
#include "link/rights.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/servers.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

using schema::compose;

/* At most this many differences are told. */
constexpr size_t told_drift = 20;

void tell_differences(const Link& link, remote::Session& session)
{
	const auto drift = find_drift(link, session, Reading::look);
	if (drift.empty())
		return;
	std::vector<std::string> lines;
	for (const Drift& row : drift)
		if (lines.size() < told_drift)
			lines.push_back(compose("%1%: %2%", schema::object_text(row.change, link.name),
			                        schema::change_text(row.change)));
	if (drift.size() > told_drift)
		lines.push_back(compose("and %1% more", drift.size() - told_drift));
	pg::notice(compose("the new remote differs from data link \"%1%\"", link.name),
	           schema::join(lines, "\n"), "datalink_refresh() brings the link up to it.");
}

/* Drift is told, not refused; so are types that the new remote uses and that are missing here. */
void tell_drift(const Link& link, remote::Session& session)
{
	try
	{
		tell_differences(link, session);
	}
	catch (const pg::Failure& failure)
	{
		if (failure.code() != pg::sqlstate::undefined_object)
			throw;
		pg::notice(failure.what(), failure.detail(), failure.hint());
	}
}

/* The link stands, perhaps without its mapping. */
void repoint(const Link& link, const remote::Url& url)
{
	alter_server_options(link, changes_between(remote::libpq_options(link.options), url.server));
	const auto mapping = pg::own_mapping_options(link.server, link.owner);
	const std::string owner = pg::role_name(link.owner);
	if (mapping)
		pg::alter_mapping(
		    link.server_name, owner,
		    changes_between(remote::libpq_options(to_options(*mapping)), url.mapping));
	else
		pg::create_mapping(link.server_name, owner, to_option_list(url.mapping));

	const Link repointed = *find_link(link.name);
	remote::Session session = connect(repointed, link.owner);
	store_version(repointed, session);
	tell_drift(repointed, session);
	if (const auto invalid = find_invalid_link(link.name); invalid && is_owner(*invalid))
		forget(link.name);
}

/* The order is not that of datalink_create(); what may be the URL is not repeated. */
void require_order(const std::string& name)
{
	if (schema::looks_like_url(name))
		throw pg::Failure(pg::sqlstate::invalid_name, "invalid data link name")
		    .hint("The name comes first: datalink_set_remote(name, remote_url).");
}

} // namespace

void set_remote(const std::string& name, const std::string& url)
{
	const Operation operation;
	require_order(name);
	const remote::Url parsed = parse_remote_url(url);
	pg::report_activity(compose("SELECT datalink_set_remote('%1%', '%2%')", name,
	                            remote::display(parsed.server, "")));
	const auto invalid = find_invalid_link(name);
	const auto link = find_link(name);
	/* Somebody else's mere claim to the name of an invalid link is in nobody's way. */
	if (link && (!invalid || own_schema_of(*link) != 0 || pg::owns_server(link->server)))
	{
		const Link owned = lock_owned(name);
		if (own_schema_of(owned) != 0)
		{
			repoint(owned, parsed);
			return;
		}
		Settings settings = owned.settings;
		settings.types_made = made_types(owned);
		drop_server_and_schema(owned);
		create({url, name, settings, false});
		return;
	}
	if (!invalid)
		fail_unknown(name);
	require_owner(*invalid);
	/* create() knows which of the types that the link made are to be believed. */
	Settings settings = invalid->settings;
	settings.types_made.clear();
	create({url, name, settings, false});
	grant_again(name, invalid->grants);
}

} // namespace datalinks::link
