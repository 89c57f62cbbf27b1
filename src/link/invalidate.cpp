/*
 * Making links invalid: see invalidate.hpp.
 */
#include "link/invalidate.hpp"

#include <algorithm>

#include "link/attempt.hpp"
#include "link/dependents.hpp"
#include "link/invalid_links.hpp"
#include "link/lock_table.hpp"
#include "postgres/locks.hpp"
#include "postgres/roles.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

using schema::compose;
using schema::join;

/* What is to be told in the one WARNING. */
struct Outcome
{
	std::vector<std::string> invalid, failed, uncleared, dropped;
};

/*
 * Clears server and schema away. `room` is how many locks may still be taken: clearing must not
 * fill the lock table under everybody's feet.
 */
void clear(const Link& link, long& room, Outcome& outcome)
{
	const bool has_server = pg::server_stands(link.server);
	const unsigned schema = own_schema_of(link);
	if (!has_server && schema == 0)
		return;
	const long locks = locks_to_drop(link);
	std::optional<std::string> failure = "too many tables";
	if (locks <= room)
		failure = attempt_without_waiting([&] {
			const auto outside = texts_of(dependents_outside(link));
			pg::delete_server_and_schema(has_server ? link.server : 0, schema);
			outcome.dropped.insert(outcome.dropped.end(), outside.begin(), outside.end());
		});
	if (failure)
		outcome.uncleared.push_back(link.name);
	else
		room -= locks;
}

void warn(const Outcome& outcome)
{
	std::vector<std::string> details;
	if (!outcome.dropped.empty())
		details.push_back(
		    "Dropped with them, outside their schemas: " + join(outcome.dropped, ", ") + ".");
	if (!outcome.uncleared.empty())
		details.push_back("Their passwords are gone; datalink_create() or datalink_drop() clears "
		                  "the tables of: " +
		                  join(outcome.uncleared, ", ") + ".");
	if (outcome.invalid.empty())
	{
		pg::warning("data links could not be made invalid: " + join(outcome.failed, ", "));
		return;
	}
	if (!outcome.failed.empty())
		details.push_back("Could not be made invalid: " + join(outcome.failed, ", ") + ".");
	const auto count = outcome.invalid.size();
	pg::warning(compose("%1% data %2% invalid: %3%", count, count == 1 ? "link is" : "links are",
	                    join(outcome.invalid, ", ")),
	            join(details, "\n"),
	            "datalink_list() shows what they were; datalink_set_remote() or datalink_create() "
	            "makes them again.");
}

} // namespace

void invalidate(const std::vector<Verdict>& verdicts)
{
	Outcome outcome;
	long room = pg::lock_table_size() / 2;
	for (const Verdict& verdict : verdicts)
	{
		const Link& link = verdict.noted.link;
		const auto failure = attempt_without_waiting([&] {
			/* A server that only claimed its schema was no link that could be missed. */
			if (verdict.noted.schema != 0)
				remember(link, verdict.noted.grants, verdict.reason);
			pg::delete_mappings(link.server);
		});
		if (failure)
		{
			outcome.failed.push_back(compose("%1% (%2%)", link.name, *failure));
			continue;
		}
		if (verdict.noted.schema != 0)
			outcome.invalid.push_back(link.name);
		if (verdict.clear)
			clear(link, room, outcome);
	}
	if (!outcome.invalid.empty() || !outcome.failed.empty())
		warn(outcome);
}

} // namespace datalinks::link
