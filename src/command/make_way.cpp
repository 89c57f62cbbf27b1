/*
 * Names that are taken: see make_way.hpp.
 */
#include "command/make_way.hpp"

#include <algorithm>

#include "command/drop.hpp"
#include "link/memory.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/schemas.hpp"
#include "schema/text.hpp"

namespace datalinks::command
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::InvalidLink;
using link::Link;
using schema::compose;

/* In one order, whichever the catalog holds them in. */
remote::Options sorted(remote::Options options)
{
	std::sort(options.begin(), options.end(), [](const auto& a, const auto& b) {
		return std::tie(a.keyword, a.value) < std::tie(b.keyword, b.value);
	});
	return options;
}

/*
 * What is different between the link and the request, in the words of the arguments. The mapping
 * is compared only for those who own the link: else if_not_exists would be a way to try passwords.
 */
std::vector<std::string> differences(const Link& link, const Request& request,
                                     const remote::Url& url)
{
	std::vector<std::string> differing;
	if (sorted(remote::remote_options(link.options)) != sorted(url.server))
		differing.emplace_back("the remote");
	if (pg::owns_server(link.server))
	{
		const auto mapping = pg::mapping_options(link.server, link.owner).value_or(pg::Options());
		if (sorted(mapping) != sorted(url.mapping))
			differing.emplace_back("the user or password");
	}
	for (std::string& name : link::differences(link.settings, request.settings))
		differing.push_back(std::move(name));
	return differing;
}

[[noreturn]] void fail_exists(const std::string& name)
{
	throw pg::Failure(sqlstate::duplicate_object, compose("data link \"%1%\" already exists", name))
	    .hint("Choose another name, or drop the link with datalink_drop().");
}

[[noreturn]] void fail_schema_exists(const std::string& name)
{
	throw pg::Failure(sqlstate::duplicate_schema, compose("schema \"%1%\" already exists", name))
	    .detail("A data link makes the schema of its name.")
	    .hint("Choose another name for the link.");
}

/* A valid link of this name stands already. */
void accept_same(const Link& link, const Request& request, const remote::Url& url)
{
	if (!request.if_not_exists)
		fail_exists(link.name);
	const auto differing = differences(link, request, url);
	if (!differing.empty())
		throw pg::Failure(sqlstate::duplicate_object,
		                  compose("data link \"%1%\" already exists and is different", link.name))
		    .detail(compose("Different: %1%.", schema::join(differing, ", ")))
		    .hint("datalink_set_remote() and datalink_alter() change a link in place.");
	pg::notice(compose("data link \"%1%\" already exists, skipping", link.name));
}

/*
 * Somebody else's claim to the name, without the schema to go with it: in nobody's way. What is
 * left of an invalid link of its owner's is no such claim.
 */
bool is_mere_claim(const Link& link, const std::optional<InvalidLink>& invalid)
{
	return link::own_schema_of(link) == 0 && link.owner != pg::current_role() &&
	       !(invalid && link::owner_of(*invalid) == link.owner);
}

} // namespace

bool make_way(const Request& request, const remote::Url& url)
{
	for (unsigned locked = 0;;)
	{
		const auto link = link::find_link(request.name);
		const auto invalid = link::find_invalid_link(request.name);
		if (invalid)
		{
			link::require_owner(*invalid);
			link::require_not_taken(*invalid);
		}
		if (link && !link::invalidity_of(*link))
		{
			accept_same(*link, request, url);
			return false;
		}
		if (!link || is_mere_claim(*link, invalid))
			break;
		if (!pg::owns_server(link->server))
			fail_exists(request.name);
		/* Another session may have put another link in its place while we waited for the lock. */
		if (link->server == locked)
		{
			drop_server_and_schema(*link);
			break;
		}
		(void)pg::lock_server(link->server);
		locked = link->server;
	}
	if (const auto invalid = link::find_invalid_link(request.name))
		(void)drop_empty_schemas(*invalid);
	if (pg::find_schema(request.name) != 0)
		fail_schema_exists(request.name);
	return true;
}

} // namespace datalinks::command
