/*
 * datalink_set_remote: see set_remote.hpp.
 */
#include "command/set_remote.hpp"

#include <algorithm>

#include "command/create.hpp"
#include "command/drop.hpp"
#include "link/comments.hpp"
#include "link/connect.hpp"
#include "link/grants.hpp"
#include "link/lending.hpp"
#include "link/memory.hpp"
#include "link/options.hpp"
#include "link/own_statements.hpp"
#include "link/remote_url.hpp"
#include "link/rights.hpp"
#include "link/schemas.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/schemas.hpp"
#include "postgres/servers.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/apply.hpp"
#include "sync/drift.hpp"
#include "sync/made_types.hpp"
#include "sync/statistics.hpp"
#include "sync/tuning.hpp"

namespace datalinks::command
{

namespace
{

using link::InvalidLink;
using link::Link;
using link::OwnStatements;
using link::Settings;
using schema::compose;
using sync::Drift;
using sync::Reading;

/* At most this many differences are told. */
constexpr size_t told_drift = 20;

void tell_differences(const Link& link, remote::Session& session)
{
	const auto drift = sync::find_drift(link, session, Reading::look);
	if (drift.empty())
		return;
	std::vector<std::string> lines;
	for (const Drift& row : drift)
		if (lines.size() < told_drift)
			lines.push_back(compose("%1%: %2%", sync::object_text(row.change, link),
			                        schema::change_text(row.change)));
	if (drift.size() > told_drift)
		lines.push_back(compose("and %1% more", drift.size() - told_drift));
	const bool applicable = std::any_of(drift.begin(), drift.end(), [](const Drift& row) {
		return !schema::is_remark(row.change);
	});
	pg::notice(compose("the new remote differs from data link \"%1%\"", link.name),
	           schema::join(lines, "\n"),
	           applicable ? "datalink_refresh() brings the link up to it."
	                      : "datalink_diff() shows what to do on the remote.");
}

/*
 * Drift is told, not refused; so are types that the new remote uses and that are missing here, and
 * schemas that cannot be made.
 */
void tell_drift(const Link& link, remote::Session& session)
{
	try
	{
		tell_differences(link, session);
	}
	catch (const pg::Failure& failure)
	{
		if (failure.code() != pg::sqlstate::undefined_object &&
		    failure.code() != pg::sqlstate::invalid_name &&
		    failure.code() != pg::sqlstate::duplicate_schema)
			throw;
		pg::notice(failure.what(), failure.detail(), failure.hint());
	}
}

/*
 * A named URL goes by no mapping: what users and passwords stand in any, no dump shall carry on,
 * and nobody may connect with.
 */
void drop_credentials(const Link& link)
{
	std::vector<std::string> others;
	for (const auto& row : spi::query("SELECT umuser FROM pg_catalog.pg_user_mappings"
	                                  " WHERE srvid OPERATOR(pg_catalog.=) $1::pg_catalog.oid",
	                                  {std::to_string(link.server)}))
	{
		const auto role = static_cast<unsigned>(std::stoul(*row[0]));
		const auto mapping = pg::own_mapping_options(link.server, role);
		if (!mapping || (role != link.owner && !remote::first_parameter(*mapping)))
			continue;
		const std::string name =
		    role == 0 ? "PUBLIC" : schema::quote_identifier(pg::role_name(role));
		spi::execute(compose("DROP USER MAPPING FOR %1% SERVER %2%", name,
		                     schema::quote_identifier(link.server_name)));
		if (role != link.owner)
			others.push_back(name);
	}
	if (!others.empty())
		pg::notice("user mappings of other roles were dropped", schema::join(others, ", "),
		           "The server's file of named URLs says which roles may use the name.");
}

void set_mapping(const Link& link, const remote::Url& url)
{
	if (!remote::value_of(url.server, remote::url_name_option).empty())
	{
		drop_credentials(link);
		return;
	}
	const auto mapping = pg::own_mapping_options(link.server, link.owner);
	const std::string owner = pg::role_name(link.owner);
	/* A former grantee has nothing to lend. */
	if (mapping)
		pg::alter_mapping(
		    link.server_name, owner,
		    link::changes_between(pg::lends(*mapping) ? *mapping : remote::libpq_options(*mapping),
		                          url.mapping));
	else
		pg::create_mapping(link.server_name, owner, url.mapping);
}

/* The link stands, perhaps without its mapping. */
void repoint(const Link& link, const remote::Url& url)
{
	pg::OptionChanges changes =
	    link::changes_between(remote::remote_options(link.options), url.server);
	/* Whoever says where it points here has seen that it is a copy. */
	for (const pg::OptionChange& change : link::bring_home(link))
		changes.push_back(change);
	link::alter_server_options(link, changes);
	set_mapping(link, url);
	const Link repointed = link::link_on(link.server, link.name);
	link::follow_with_comments(link, repointed);
	remote::Session session = link::connect(repointed, link.owner);
	link::store_version(repointed, session);
	tell_drift(repointed, session);
	sync::tune(repointed, session);
	sync::StatisticsCopy(repointed, session).finish_or_tell();
	if (const auto invalid = link::find_invalid_link(link.name);
	    invalid && link::is_owner(*invalid))
	{
		/* A reset that could not clear the link has taken its mappings all the same. */
		link::lend_again(repointed, invalid->grants);
		link::forget(link.name);
	}
}

/* Makes the link as the current user, with the options that were set on its server. */
void make_again(const std::string& name, const std::string& url, Settings settings,
                pg::Options options, const link::Comments& comments)
{
	/* The link sets its own anew. */
	link::forget_set_options(options, settings);
	create({url, name, settings, false});
	const Link link = *link::find_link(name);
	pg::Options before;
	for (const pg::Option& option : options)
		if (const std::string value = remote::value_of(link.options, option.keyword);
		    !value.empty())
			before.push_back({option.keyword, value});
	link::alter_server_options(link, link::changes_between(before, options));
	link::comment_again(link, comments);
	pg::notice(
	    compose("data link \"%1%\" was made again, with new tables", name),
	    "Options, column defaults, names and comments that were set on the old ones, default "
	    "privileges and user mappings made by hand are lost.");
}

/* A schema of the link's name that is not its own: to give it back is its owner's to do. */
[[noreturn]] void fail_without_schema(const Link& link)
{
	throw pg::Failure(pg::sqlstate::object_not_in_prerequisite_state,
	                  compose("data link \"%1%\" has no schema of its own", link.name))
	    .detail(compose("Reason: %1%.", link::invalidity_of(link).value_or("")))
	    .hint("Make server and schema the same role's (ALTER SCHEMA … OWNER TO), or drop the link "
	          "with datalink_drop().");
}

/* What stands of the link is mended in place where its schema does, else made again. */
void mend(const Link& link, const std::string& url, const remote::Url& parsed)
{
	const auto invalid = link::find_invalid_link(link.name);
	if (invalid)
		link::require_not_taken(*invalid);
	const pg::UserSwitch as_owner = link::act_as_owner(link.owner, link.name);
	if (link::own_schema_of(link) != 0 && !link::has_lost_schemas(link))
	{
		repoint(link, parsed);
		return;
	}
	if (link::own_schema_of(link) == 0 && pg::find_schema(link.name) != 0)
		fail_without_schema(link);
	Settings settings = link.settings;
	settings.types_made = sync::made_types(link);
	const link::Comments comments =
	    invalid ? invalid->comments : link::users_comments({link})[link.server];
	drop_server_and_schema(link);
	make_again(link.name, url, settings,
	           link::without_settings(link::options_kept(link), link.settings), comments);
	if (invalid)
		link::grant_again(link.name, invalid->grants);
}

/* Of the link, only the memory is left. It is its owner's again, or the caller's when that is gone.
 */
void rebuild(const InvalidLink& invalid, const std::string& url)
{
	link::require_owner(invalid);
	link::require_not_taken(invalid);
	const unsigned owner = link::owner_of(invalid);
	const pg::UserSwitch as_owner =
	    link::act_as_owner(owner != 0 ? owner : pg::current_role(), invalid.name);
	/* create() knows which of the types that the link made are to be believed. */
	Settings settings = invalid.settings;
	settings.types_made.clear();
	make_again(invalid.name, url, settings, invalid.server_options, invalid.comments);
	link::grant_again(invalid.name, invalid.grants);
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
	const OwnStatements own;
	require_order(name);
	pg::require_read_write("datalink_set_remote()");
	const remote::Url parsed = link::parse_remote_url(url);
	pg::report_activity(compose("SELECT datalink_set_remote('%1%', '%2%')", name,
	                            remote::display(parsed.server, "")));
	const auto invalid = link::find_invalid_link(name);
	const auto link = link::find_link(name);
	if (link && !(invalid && link::merely_claims(*link, *invalid)))
		mend(link::lock_owned(name), url, parsed);
	else if (invalid)
		rebuild(*invalid, url);
	else
		link::fail_unknown(name);
}

} // namespace datalinks::command
