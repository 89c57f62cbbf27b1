/*
 * SELECT ... FOR UPDATE on a link: postgres_fdw locks rows as it fetches them, and waits for each.
 */
#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/row_locks.hpp"

namespace datalinks::fdw
{

namespace
{

const char* words_of(LockWaitPolicy policy)
{
	return policy == LockWaitError ? "NOWAIT" : "SKIP LOCKED";
}

} // namespace

bool is_scanned(const ForeignScanState* node, Index relation)
{
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	return plan->scan.scanrelid == relation ||
	       bms_is_member(static_cast<int>(relation), plan->fs_relids);
}

void refuse_wait_policy(const ForeignScanState* node)
{
	const ListCell* cell;
	foreach (cell, node->ss.ps.state->es_plannedstmt->rowMarks)
	{
		const auto* row_mark = static_cast<const PlanRowMark*>(lfirst(cell));
		if (row_mark->strength == LCS_NONE || row_mark->waitPolicy == LockWaitBlock ||
		    !is_scanned(node, row_mark->rti))
			continue;
		pg::entry([&] {
			throw pg::Failure(pg::sqlstate::feature_not_supported,
			                  schema::compose("cannot lock rows of a data link with %1%",
			                                  words_of(row_mark->waitPolicy)))
			    .detail("The remote would be asked to lock them without it, and to wait.")
			    .hint("Leave it out, or name only local tables in FOR ... OF. A lock_timeout of "
			          "the remote's role ends the wait there.");
		});
	}
}

} // namespace datalinks::fdw
