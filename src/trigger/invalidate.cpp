/*
 * Making links invalid: see invalidate.hpp.
 */
#include "trigger/invalidate.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "link/memory.hpp"
#include "link/options.hpp"
#include "link/schemas.hpp"
#include "postgres/extensions.hpp"
#include "postgres/locks.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/servers.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/dependents.hpp"
#include "sync/made_types.hpp"
#include "trigger/attempt.hpp"

namespace datalinks::trigger
{

namespace
{

using link::Link;
using schema::compose;
using schema::join;
using sync::Dependents;
using Names = std::vector<std::string>;

/* What is to be told in the one WARNING. */
struct Outcome
{
	Names invalid, failed, with_password, forgotten, without_grants, uncleared, dropped, left;
};

/* How many names a list of the WARNING has, and of a schema's objects. */
constexpr size_t most_named = 100;

/* The first of them, sorted. */
std::string list_of(Names names)
{
	const size_t more = names.size() > most_named ? names.size() - most_named : 0;
	names.resize(names.size() - more);
	std::sort(names.begin(), names.end());
	const std::string list = join(names, ", ");
	return more == 0 ? list : compose("%1%, and %2% more", list, more);
}

/* Puts superusers' links first, then those of owners with few. */
void put_in_order(std::vector<Verdict>& verdicts)
{
	std::map<unsigned, std::pair<bool, long>> rank; /* by owner: no superuser; how many links */
	for (const Verdict& verdict : verdicts)
		++rank[verdict.noted.link.owner].second;
	for (auto& [owner, ranked] : rank)
		ranked.first = !pg::is_superuser(owner);
	std::stable_sort(verdicts.begin(), verdicts.end(), [&](const Verdict& a, const Verdict& b) {
		return rank[a.noted.link.owner] < rank[b.noted.link.owner];
	});
}

/* The mappings of the verdicts' servers, by server. */
using Mappings = std::multimap<unsigned, pg::Mapping>;

Mappings mappings_of(const std::vector<Verdict>& verdicts)
{
	std::set<unsigned> servers;
	for (const Verdict& verdict : verdicts)
		servers.insert(verdict.noted.link.server);
	return pg::mappings_of(servers);
}

/* The name of a URL in the administrator's file lets in as a password does. */
void take_url_name(const Link& link)
{
	if (remote::value_of(link.options, remote::url_name_option).empty() ||
	    !pg::server_stands(link.server))
		return;
	const pg::UserSwitch as_owner(pg::extension_owner());
	pg::OptionChanges changes;
	changes.push_back({pg::OptionChange::drop, remote::url_name_option, ""});
	link::alter_server_options(link, changes);
}

/*
 * Takes the link's passwords, each on its own: somebody with a mapping of his own could be changing
 * it just now; and writes the link's row. Returns whether all passwords are gone.
 */
bool make_invalid(const Verdict& verdict, const Mappings& mappings, Outcome& outcome)
{
	const Link& link = verdict.noted.link;
	std::optional<std::string> stays;
	bool still_valid = false;
	const auto range = mappings.equal_range(link.server);
	for (auto mapping = range.first; mapping != range.second; ++mapping)
		if (auto failure =
		        attempt_without_waiting([&] { pg::delete_mapping(mapping->second.oid); }))
			stays = std::move(failure);
	if (stays)
		(void)attempt_without_waiting([&] {
			const auto owners = pg::mapping_options(link.server, link.owner);
			still_valid = owners && !pg::lends(*owners);
		});
	if (auto failure = attempt_without_waiting([&] { take_url_name(link); }))
	{
		stays = std::move(failure);
		still_valid = true;
	}
	if (stays)
		(still_valid ? outcome.failed : outcome.with_password)
		    .push_back(compose("%1% (%2%)", link.name, *stays));
	/* Another session is dropping it, or changing its owner's mapping. */
	if (still_valid)
		return false;
	outcome.invalid.push_back(link.name);
	if (!verdict.noted.grants)
		outcome.without_grants.push_back(link.name);
	if (const auto failure = attempt_without_waiting([&] {
		    link::remember(link, verdict.noted.grants.value_or("[]"), verdict.noted.comments,
		                   verdict.reason);
	    }))
		outcome.forgotten.push_back(compose("%1% (%2%)", link.name, *failure));
	return !stays;
}

/*
 * How much clearing may do: the locks that it takes must not fill the lock table under everybody's
 * feet, and looking for what does not fit must not take long either.
 */
struct Room
{
	long locks = pg::lock_table_size() / 2;
	long objects = 4 * locks; /* to look at */
};

/* What one link takes beside what goes with its server. */
constexpr long besides = 16;

/* Whether the link's server can be dropped within the room, of which it then takes its part. */
bool fits(const Link& link, Room& room)
{
	if (room.locks <= besides || room.objects <= 0)
		return false;
	const long objects = sync::objects_of(link, room.locks);
	room.objects -= objects;
	const long locks = objects + besides + 3 * static_cast<long>(link.settings.types_made.size()) +
	                   static_cast<long>(link.settings.schemas.size());
	if (locks > room.locks)
		return false;
	room.locks -= locks;
	return true;
}

/* What is in the schema now beside what the link made; the first of it. */
Dependents others_in(unsigned schema, const Link& link)
{
	Dependents others = sync::objects_in(schema, most_named + 1);
	if (others.empty() || link.settings.types_made.empty())
		return others;
	const pg::UserSwitch as_owner(pg::extension_owner());
	sync::drop_unused_types(sync::made_types(link), link.owner);
	return sync::objects_in(schema, most_named + 1);
}

/* Drops the schema, unless something else is in it, which is returned. */
Names clear_schema(unsigned schema, const Link& link)
{
	Names left = sync::texts_of(others_in(schema, link));
	if (left.empty())
		pg::delete_server_and_schema(0, schema);
	return left;
}

/* Drops the server with all that was built on it, and each schema, unless something else is in it.
 */
void clear(const Link& link, Room& room, Outcome& outcome)
{
	const bool has_server = pg::server_stands(link.server);
	const std::vector<unsigned> schemas = link::own_schemas(link);
	if (!has_server && schemas.empty())
		return;
	Names dropped, left;
	std::optional<std::string> failure = "too many tables";
	if (fits(link, room))
		failure = attempt_without_waiting([&] {
			dropped = sync::texts_of(sync::built_on(link));
			pg::delete_server_and_schema(has_server ? link.server : 0, 0);
			for (const unsigned schema : schemas)
				for (const std::string& other : clear_schema(schema, link))
					left.push_back(other);
		});
	if (failure)
	{
		outcome.uncleared.push_back(link.name);
		return;
	}
	outcome.dropped.insert(outcome.dropped.end(), dropped.begin(), dropped.end());
	outcome.left.insert(outcome.left.end(), left.begin(), left.end());
}

void warn(const Outcome& outcome)
{
	Names details;
	const auto tell = [&](const char* what, const Names& names, const char* end) {
		if (!names.empty())
			details.push_back(what + list_of(names) + end);
	};
	tell("Dropped with them, as built on their tables: ", outcome.dropped, ".");
	tell("Not the links' own, and left with the schema: ", outcome.left, ".");
	tell("Their passwords are gone; datalink_create() or datalink_drop() clears the tables of: ",
	     outcome.uncleared, ".");
	tell("Privileges could not be remembered of: ", outcome.without_grants, ".");
	tell("Could not be remembered at all: ", outcome.forgotten, ".");
	tell("Still with another role's password: ", outcome.with_password, ".");
	if (outcome.invalid.empty())
	{
		pg::warning("data links could not be made invalid: " + list_of(outcome.failed));
		return;
	}
	tell("Could not be made invalid: ", outcome.failed, ".");
	const auto count = outcome.invalid.size();
	pg::warning(compose("%1% data %2% invalid: %3%", count, count == 1 ? "link is" : "links are",
	                    list_of(outcome.invalid)),
	            join(details, "\n"),
	            "datalink_list() shows what they were; datalink_set_remote() or datalink_create() "
	            "makes them again.");
}

} // namespace

void invalidate(std::vector<Verdict> verdicts)
{
	Outcome outcome;
	Mappings mappings;
	const auto failure = attempt_without_waiting([&] {
		put_in_order(verdicts);
		mappings = mappings_of(verdicts);
	});
	if (failure)
		outcome.failed.push_back("all (" + *failure + ")");
	std::erase_if(verdicts, [&](const Verdict& verdict) {
		return !make_invalid(verdict, mappings, outcome);
	});
	Room room;
	for (const Verdict& verdict : verdicts)
		if (verdict.clear)
			(void)attempt_without_waiting([&] { clear(verdict.noted.link, room, outcome); });
	(void)attempt_without_waiting([&] { warn(outcome); });
}

} // namespace datalinks::trigger
