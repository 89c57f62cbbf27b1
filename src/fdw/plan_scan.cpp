/*
 * A scan, planned: see plan_scan.hpp.
 */
#include "fdw/plan_scan.hpp"

#include <algorithm>

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/join_costs.hpp"
#include "fdw/path_costs.hpp"
#include "fdw/prefilter.hpp"
#include "fdw/row_cost.hpp"
#include "fdw/row_key.hpp"
#include "fdw/row_locks.hpp"
#include "fdw/unreachable.hpp"

namespace datalinks::fdw
{

namespace
{

bool has_wait_policy(const Query* query)
{
	const ListCell* cell;
	foreach (cell, query->rowMarks)
		if (static_cast<const RowMarkClause*>(lfirst(cell))->waitPolicy != LockWaitBlock)
			return true;
	return false;
}

/* The same of the relations of a join. */
bool has_wait_policy(const PlannerInfo* root, const RelOptInfo* joined)
{
	const ListCell* cell;
	foreach (cell, root->rowMarks)
	{
		const auto* mark = static_cast<const PlanRowMark*>(lfirst(cell));
		if (mark->strength != LCS_NONE && mark->waitPolicy != LockWaitBlock &&
		    bms_is_member(static_cast<int>(mark->rti), joined->relids))
			return true;
	}
	return false;
}

/* Of the paths those of the remote's, which from now on cost nothing: others are still to come. */
List* foreign_of(const List* paths)
{
	List* foreign = NIL;
	const ListCell* cell;
	foreach (cell, paths)
	{
		auto* path = static_cast<Path*>(lfirst(cell));
		if (!IsA(path, ForeignPath))
			continue;
		path->startup_cost = path->total_cost = 0;
		foreign = lappend(foreign, path);
	}
	return foreign;
}

/*
 * What is grouped, sorted or cut there costs no more than that its input comes over, but for the
 * rows that need not. (postgres_fdw adds to what it thought of the join, not to what we think.)
 */
void limit_upper_costs(const PlannerInfo* root, UpperRelationKind stage, const RelOptInfo* input,
                       const RelOptInfo* output)
{
	const Path* source = cheapest_remote(input);
	const Path* made = cheapest_remote(output);
	const Relids relations = input->relids != nullptr ? input->relids : root->all_baserels;
	if (source == nullptr || made == nullptr || bms_membership(relations) != BMS_MULTIPLE)
		return;
	Cost limit = source->total_cost + cpu_operator_cost * source->rows -
	             cost_of_row_from(input->serverid) * std::max(source->rows - made->rows, 0.0);
	/* A LIMIT here would be thought to stop the remote at so many rows: so does one there. */
	constexpr double less = 0.95; /* than 1 % would be as much, to the planner */
	const ListCell* cell;
	if (stage == UPPERREL_FINAL)
		foreach (cell, output->pathlist)
			limit = std::min(limit, static_cast<const Path*>(lfirst(cell))->total_cost * less);
	limit_remote_costs(output, limit);
}

} // namespace

/* Its own ways must be there: one of them is what postgres_fdw has EvalPlanQual run. */
void get_foreign_join_paths(PlannerInfo* root, RelOptInfo* joined, RelOptInfo* outer,
                            RelOptInfo* inner, JoinType type, JoinPathExtraData* extra)
{
	const bool only = has_wait_policy(root, joined);
	add_join_paths(root, joined, outer, inner, type, extra);
	if (!only)
	{
		limit_join_costs(root, joined);
		decide(joined);
		return;
	}
	List* foreign = foreign_of(joined->pathlist);
	if (foreign != NIL)
		joined->pathlist = foreign;
}

/* The planner has offered its own ways before it asks for ours. */
void get_foreign_upper_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input,
                             RelOptInfo* output, void* extra)
{
	if (stage == UPPERREL_GROUP_AGG && has_row_of_none(root, input))
		return;
	const bool only =
	    (stage == UPPERREL_ORDERED || stage == UPPERREL_FINAL) && has_wait_policy(root->parse);
	List* local = output->pathlist;
	if (only)
	{
		output->pathlist = NIL;
		postgres_fdw().GetForeignUpperPaths(root, stage, input, output, extra);
		if (output->pathlist == NIL)
			output->pathlist = local;
		return;
	}
	pg::entry([&] {
		const Undecided undecided(output);
		pg::call([&] { postgres_fdw().GetForeignUpperPaths(root, stage, input, output, extra); });
	});
	limit_upper_costs(root, stage, input, output);
	decide(output);
}

ForeignScan* get_foreign_plan(PlannerInfo* root, RelOptInfo* scanned, Oid table, ForeignPath* path,
                              List* targets, List* clauses, Plan* outer)
{
	ForeignScan* scan =
	    postgres_fdw().GetForeignPlan(root, scanned, table, path, targets, clauses, outer);
	pg::entry([&] {
		fetch_tables(scan, root, scanned);
		ship_lock_clauses(scan, root, scanned, path);
	});
	add_prefilters(scan, root, table);
	return scan;
}

} // namespace datalinks::fdw
