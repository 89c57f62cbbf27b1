/*
 * SELECT ... FOR UPDATE on a link: see row_locks.hpp.
 */
#include <algorithm>
#include <string>
#include <vector>

#include "postgres/executor_hooks.hpp"
#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/plan_path.hpp"
#include "fdw/row_locks.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;

const char* words_of(LockWaitPolicy policy)
{
	switch (policy)
	{
	case LockWaitError:
		return " NOWAIT";
	case LockWaitSkip:
		return " SKIP LOCKED";
	case LockWaitBlock:
		break;
	}
	return "";
}

const char* words_of(LockClauseStrength strength)
{
	switch (strength)
	{
	case LCS_FORKEYSHARE:
		return " FOR KEY SHARE";
	case LCS_FORSHARE:
		return " FOR SHARE";
	case LCS_FORNOKEYUPDATE:
		return " FOR NO KEY UPDATE";
	case LCS_FORUPDATE:
		return " FOR UPDATE";
	case LCS_NONE:
		break;
	}
	return "";
}

/* As postgres_fdw writes it. */
const char* known_words_of(LockClauseStrength strength)
{
	return words_of(strength < LCS_FORNOKEYUPDATE ? LCS_FORSHARE : LCS_FORUPDATE);
}

/* The end of a scan's text. */
struct LockClauses
{
	std::string known; /* to postgres_fdw */
	std::string meant; /* by the statement */
	LockWaitPolicy policy = LockWaitBlock;
};

LockClauses lock_clauses(const PlannerInfo* root, const RelOptInfo* scanned)
{
	const CmdType command = root->parse->commandType;
	const bool joined = bms_membership(scanned->relids) == BMS_MULTIPLE;
	LockClauses clauses;
	int relation = -1;
	while ((relation = bms_next_member(scanned->relids, relation)) >= 0)
	{
		const std::string of = joined ? compose(" OF r%1%", relation) : "";
		if (bms_is_member(relation, root->all_result_relids) &&
		    (command == CMD_UPDATE || command == CMD_DELETE))
		{
			clauses.known += " FOR UPDATE" + of;
			clauses.meant += " FOR UPDATE" + of;
			continue;
		}
		const PlanRowMark* mark = get_plan_rowmark(root->rowMarks, static_cast<Index>(relation));
		if (mark == nullptr || mark->strength == LCS_NONE)
			continue;
		clauses.known += known_words_of(mark->strength) + of;
		clauses.meant += words_of(mark->strength) + of + words_of(mark->waitPolicy);
		clauses.policy = std::max(clauses.policy, mark->waitPolicy);
	}
	return clauses;
}

/* The mark of FOR UPDATE and the like on a relation that the node scans; nullptr: none such. */
const PlanRowMark* mark_on(const ForeignScanState* node, const List* marks)
{
	const ListCell* cell;
	foreach (cell, marks)
	{
		const auto* mark = static_cast<const PlanRowMark*>(lfirst(cell));
		if (mark->strength != LCS_NONE && is_scanned(node, mark->rti))
			return mark;
	}
	return nullptr;
}

[[noreturn]] void refuse(LockWaitPolicy policy)
{
	throw pg::Failure(pg::sqlstate::feature_not_supported,
	                  compose("cannot lock rows of a data link with%1%", words_of(policy)))
	    .detail("The remote would lock rows that are dropped or sorted here afterwards, by a "
	            "condition, a join or a LIMIT that it is not sent.")
	    .hint(
	        "EXPLAIN VERBOSE shows what it is sent. Instead of now(), which it is not, it is sent "
	        "(SELECT now()).");
}

/* The place in postgres_fdw's private list of a scan that only postgres_fdw's own scans read. */
constexpr int private_fetch_size = 2;
constexpr int with_limit = -1;

bool has_limit(const ForeignPath* path)
{
	constexpr int place = 1;
	const List* facts = path->fdw_private;
	return list_length(facts) > place && boolVal(list_nth(facts, place));
}

bool is_limited_there(const ForeignScanState* node)
{
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	return intVal(list_nth(plan->fdw_private, private_fetch_size)) == with_limit;
}

/* The plans from the node that locks the scan's rows here, or the scan itself, to the scan. */
size_t place_of_lock(const ForeignScanState* node, const PlanPath& path)
{
	for (size_t i = path.plans.size(); i-- > 0;)
		if (IsA(path.plans[i], LockRows) &&
		    mark_on(node, reinterpret_cast<const LockRows*>(path.plans[i])->rowMarks) != nullptr)
			return i;
	return path.plans.size() - 1;
}

LockWaitPolicy policy_of(const ForeignScanState* node)
{
	return mark_on(node, node->ss.ps.state->es_plannedstmt->rowMarks)->waitPolicy;
}

} // namespace

void ship_lock_clauses(ForeignScan* scan, const PlannerInfo* root, const RelOptInfo* scanned,
                       const ForeignPath* path)
{
	const LockClauses clauses = lock_clauses(root, scanned);
	if (clauses.meant == clauses.known)
		return;
	std::string sql = strVal(linitial(scan->fdw_private));
	if (!sql.ends_with(clauses.known))
	{
		if (clauses.policy != LockWaitBlock)
			refuse(clauses.policy);
		return;
	}
	sql.replace(sql.size() - clauses.known.size(), clauses.known.size(), clauses.meant);
	pg::call([&] {
		linitial(scan->fdw_private) = makeString(pstrdup(sql.c_str()));
		if (has_limit(path))
			lfirst(list_nth_cell(scan->fdw_private, private_fetch_size)) = makeInteger(with_limit);
	});
}

bool is_scanned(const ForeignScanState* node, Index relation)
{
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	return plan->scan.scanrelid == relation ||
	       bms_is_member(static_cast<int>(relation), plan->fs_relids);
}

bool has_wait_policy(const ForeignScanState* node)
{
	const ListCell* cell;
	foreach (cell, node->ss.ps.state->es_plannedstmt->rowMarks)
	{
		const auto* mark = static_cast<const PlanRowMark*>(lfirst(cell));
		if (mark->strength != LCS_NONE && mark->waitPolicy != LockWaitBlock &&
		    is_scanned(node, mark->rti))
			return true;
	}
	return false;
}

void refuse_dropped_locks(const ForeignScanState* node)
{
	const PlanPath path = path_to(node);
	for (size_t i = place_of_lock(node, path) + 1; i < path.plans.size(); ++i)
		if (!keeps_rows(path.plans[i]))
			refuse(policy_of(node));
	if (node->ss.ps.plan->qual != NIL)
		refuse(policy_of(node));
}

int rows_to_lock(const ForeignScanState* node)
{
	const PlanPath path = path_to(node);
	const size_t lock = place_of_lock(node, path);
	const unsigned long wanted = pg::rows_wanted();
	const Demand demand = demand_on(path, lock);
	if (demand == Demand::all || (demand == Demand::as_statement && wanted == 0) ||
	    (is_limited_there(node) && wanted == 0))
		return 0;
	for (size_t i = lock + 1; i < path.plans.size(); ++i)
		if (reads_ahead(path.plans[i]))
			refuse(policy_of(node));
	if (node->ss.ps.async_capable)
		refuse(policy_of(node));
	constexpr unsigned long most = 1000;
	return demand == Demand::as_statement && !has_append(path)
	           ? static_cast<int>(std::min(wanted, most))
	           : 1;
}

} // namespace datalinks::fdw
