/*
 * datalink_stats and datalink_stats_reset: see stats.hpp.
 */
#include "command/stats.hpp"

#include <map>
#include <tuple>

#include "link/rights.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/servers.hpp"
#include "postgres/values.hpp"
#include "remote/shared_activity.hpp"

namespace datalinks::command
{

namespace
{

using remote::Counts;
using remote::LastError;

/* The names that servers of ours go by: the link's, or of one that is none, its own. */
std::map<unsigned, std::string> names_of_servers()
{
	std::map<unsigned, std::string> names;
	for (const pg::ForeignServer& server : pg::foreign_servers())
	{
		const std::string link = remote::value_of(server.options, "link");
		names.emplace(server.oid, link.empty() ? server.name : link);
	}
	return names;
}

bool may_ask(unsigned server)
{
	return pg::may_read_statistics(pg::current_role()) || pg::owns_server(server) ||
	       pg::may_use_server(server) || pg::mapping_holder(server, pg::current_role());
}

pg::Row row_of(const std::string& name, const char* scope, const Counts& counts,
               const LastError& error, int64_t since)
{
	constexpr double in_millisecond = 1e6;
	pg::Row row{name, scope};
	for (const int64_t count : {counts.queries, counts.round_trips, counts.rows_received,
	                            counts.bytes_received, counts.rows_sent, counts.bytes_sent})
		row.push_back(std::to_string(count));
	row.push_back(std::to_string(static_cast<double>(counts.waited) / in_millisecond));
	for (const int64_t count : {counts.connects, counts.reconnects, counts.errors})
		row.push_back(std::to_string(count));
	if (error.code == 0)
		row.insert(row.end(), 3, std::nullopt);
	else
	{
		row.push_back(pg::sqlstate::text(error.code));
		row.push_back(pg::text_or_null(error.message));
		row.push_back(pg::time_text(error.at));
	}
	row.push_back(pg::time_text(since));
	return row;
}

} // namespace

pg::Rows stats()
{
	remote::share_activities();
	const auto names = names_of_servers();
	/* By name, the session's first; a name may be claimed by several servers. */
	std::map<std::tuple<std::string, unsigned, bool>, pg::Row> rows;
	const auto add = [&](unsigned server, bool shared, const Counts& counts, const LastError& error,
	                     int64_t since) {
		const auto name = names.find(server);
		if (name == names.end() || !may_ask(server))
			return;
		rows.emplace(std::tuple(name->second, server, shared),
		             row_of(name->second, shared ? "server" : "session", counts, error, since));
	};
	for (const auto& [server, activity] : remote::activities())
		add(server, false, activity->sums(), activity->last_error(), activity->since());
	for (const remote::SharedActivity& activity : remote::shared_activities())
		add(activity.server, true, activity.counts, activity.last_error, activity.since);
	pg::Rows listed;
	for (auto& [key, row] : rows)
		listed.push_back(std::move(row));
	return listed;
}

void reset_stats(const std::optional<std::string>& name)
{
	unsigned only = 0;
	if (name)
	{
		const link::Link link = link::require_link(*name);
		if (!pg::owns_server(link.server))
			link::fail_not_owner(*name);
		only = link.server;
	}
	/* What others are shown keeps what is not theirs to reset. */
	remote::share_activities();
	for (const auto& [server, activity] : remote::activities())
		if (only == 0 || server == only)
			activity->reset();
	for (const remote::SharedActivity& activity : remote::shared_activities())
		if (only == 0 ? pg::owns_server(activity.server) : activity.server == only)
			remote::reset_shared(activity.server);
}

} // namespace datalinks::command
