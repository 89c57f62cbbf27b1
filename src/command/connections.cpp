/*
 * The connections of this session: see connections.hpp.
 */
#include "command/connections.hpp"

#include "executor/pool.hpp"
#include "link/rights.hpp"
#include "postgres/guard.hpp"
#include "postgres/servers.hpp"
#include "postgres/wrapper.hpp"

namespace datalinks::command
{

unsigned long connections(FunctionCallInfoBaseData* call)
{
	pg::Connections rows;
	for (const executor::Standing& session : executor::standing_sessions())
		rows.push_back({pg::server_name(session.server), session.valid});
	return pg::connections_result(call, rows);
}

bool disconnect(const std::optional<std::string>& name)
{
	unsigned server = 0;
	std::string server_name;
	if (name)
	{
		const link::Link link = link::require_link(*name);
		server = link.server;
		server_name = link.server_name;
	}
	if (executor::is_in_use(server))
		pg::warning("cannot close a connection of a data link that is in use");
	const bool ours = executor::close_sessions(server);
	return pg::disconnect(server_name) || ours;
}

} // namespace datalinks::command
