/*
 * datalink_resolve: see resolve.hpp.
 */
#include "command/resolve.hpp"

#include "link/prepared.hpp"
#include "postgres/guard.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::command
{

namespace
{

using schema::compose;

constexpr const char* left = "left";

/* Returns what was done: "committed", "rolled back" or "left". */
std::string end(remote::Session& session, const link::Prepared& prepared)
{
	const bool committed = prepared.verdict == pg::TransactionStatus::committed;
	const std::string gid = schema::quote_literal(prepared.gid);
	try
	{
		session.query(compose("%1% PREPARED %2%", committed ? "COMMIT" : "ROLLBACK", gid), {}, 0);
		return committed ? "committed" : "rolled back";
	}
	catch (const pg::Failure& failure)
	{
		/* Whose transaction it is, or another session that resolves, has just ended it so. */
		if (failure.code() == pg::sqlstate::undefined_object)
			return committed ? "committed" : "rolled back";
		/* Or is at it. */
		if (failure.code() == pg::sqlstate::object_not_in_prerequisite_state)
			return left;
		throw;
	}
}

} // namespace

pg::Rows resolve(const std::optional<std::string>& name)
{
	pg::require_read_write("datalink_resolve()");
	pg::Rows rows;
	link::visit_prepared(name, [&](const link::Link& link, remote::Session& session,
	                               const link::Prepared& prepared) {
		std::string outcome = left;
		switch (prepared.verdict)
		{
		case pg::TransactionStatus::committed:
		case pg::TransactionStatus::aborted:
			outcome = end(session, prepared);
			break;
		case pg::TransactionStatus::in_progress:
			break;
		case pg::TransactionStatus::unknown:
			pg::warning(compose("prepared transaction \"%1%\" is left as it is", prepared.gid),
			            "This server does not know any more whether it has committed.",
			            "End it on the remote by COMMIT PREPARED or ROLLBACK PREPARED.");
			break;
		}
		rows.push_back({link.name, prepared.gid, link::verdict_text(prepared.verdict), outcome});
	});
	return rows;
}

} // namespace datalinks::command
