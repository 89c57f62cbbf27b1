/*
 * datalink_analyze: see analyze.hpp.
 */
#include "command/analyze.hpp"

#include "link/connect.hpp"
#include "link/own_statements.hpp"
#include "link/rights.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "schema/text.hpp"
#include "sync/statistics.hpp"

namespace datalinks::command
{

using link::Link;
using link::OwnStatements;
using sync::CopiedStatistics;

int analyze(const std::string& name)
{
	const OwnStatements own;
	pg::require_read_write("datalink_analyze()");
	const Link link = link::require_owned(name);
	const pg::UserSwitch as_owner = link::act_as_owner(link.owner, name);
	remote::Session session = link::connect(link, link.owner);
	const CopiedStatistics copied = sync::StatisticsCopy(link, session).finish();
	if (copied.left_out > 0)
		pg::notice(schema::compose("%1% tables of data link \"%2%\" keep their old statistics",
		                           copied.left_out, name),
		           "Other sessions hold locks on them, or they are too many for the lock table.",
		           "Call datalink_analyze() again.");
	return copied.tables;
}

} // namespace datalinks::command
