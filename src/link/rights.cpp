/*
 * A link by name, for a caller with rights: see rights.hpp.
 */
#include "link/rights.hpp"

#include "link/memory.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

namespace sqlstate = pg::sqlstate;
using schema::compose;

[[noreturn]] void fail_invalid(const std::string& name, const std::string& reason)
{
	throw pg::Failure(sqlstate::object_not_in_prerequisite_state,
	                  compose("data link \"%1%\" is invalid", name))
	    .detail("Reason: " + reason + ".")
	    .hint("datalink_set_remote() mends it.");
}

} // namespace

void require_valid(const Link& link)
{
	if (const auto reason = invalidity_of(link))
		fail_invalid(link.name, *reason);
}

Link require_link(const std::string& name)
{
	auto link = find_link(name);
	const auto invalid = find_invalid_link(name);
	if (link && !(invalid && merely_claims(*link, *invalid)))
		return std::move(*link);
	if (invalid)
		fail_invalid(name, invalid->reason);
	fail_unknown(name);
}

Link require_usable(const std::string& name)
{
	Link link = require_link(name);
	if (!pg::owns_server(link.server) && !pg::may_use_server(link.server))
		throw pg::Failure(sqlstate::insufficient_privilege,
		                  compose("permission denied for data link \"%1%\"", name));
	require_valid(link);
	return link;
}

Link lock_owned(const std::string& name)
{
	for (unsigned locked = 0;;)
	{
		Link link = require_link(name);
		if (!pg::owns_server(link.server))
			fail_not_owner(name);
		/* Another session may have put another link in its place while we waited. */
		if (link.server == locked)
			return link;
		pg::lock_server_against_changes(link.server);
		locked = link.server;
	}
}

Link require_owned(const std::string& name)
{
	Link link = lock_owned(name);
	require_valid(link);
	return link;
}

pg::UserSwitch act_as_owner(unsigned owner, const std::string& link)
{
	if (pg::is_superuser(owner) && !pg::is_superuser(pg::current_role()))
		throw pg::Failure(
		    sqlstate::insufficient_privilege,
		    compose("must be superuser to change data link \"%1%\" of a superuser", link));
	return pg::UserSwitch(owner);
}

} // namespace datalinks::link
