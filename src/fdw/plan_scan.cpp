/*
 * A scan, planned: see plan_scan.hpp.
 */
#include "fdw/plan_scan.hpp"

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/join_costs.hpp"
#include "fdw/prefilter.hpp"
#include "fdw/row_key.hpp"
#include "fdw/row_locks.hpp"

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

constexpr Cost dear = 1e12;

/* The planner would drop a way of ours that costs more than its own, before we see it. */
void make_dear(const List* paths)
{
	const ListCell* cell;
	foreach (cell, paths)
	{
		auto* path = static_cast<Path*>(lfirst(cell));
		path->startup_cost += dear;
		path->total_cost += dear;
	}
}

void make_cheap(const List* paths)
{
	const ListCell* cell;
	foreach (cell, paths)
	{
		auto* path = static_cast<Path*>(lfirst(cell));
		if (path->startup_cost < dear)
			continue;
		path->startup_cost -= dear;
		path->total_cost -= dear;
	}
}

} // namespace

/* Its own ways must be there: one of them is what postgres_fdw has EvalPlanQual run. */
void get_foreign_join_paths(PlannerInfo* root, RelOptInfo* joined, RelOptInfo* outer,
                            RelOptInfo* inner, JoinType type, JoinPathExtraData* extra)
{
	const bool only = has_wait_policy(root, joined);
	if (only)
		make_dear(joined->pathlist);
	add_join_paths(root, joined, outer, inner, type, extra);
	if (!only)
		return;
	make_cheap(joined->pathlist);
	List* foreign = foreign_of(joined->pathlist);
	if (foreign != NIL)
		joined->pathlist = foreign;
}

/* The planner has offered its own ways before it asks for ours. */
void get_foreign_upper_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input,
                             RelOptInfo* output, void* extra)
{
	const bool only =
	    (stage == UPPERREL_ORDERED || stage == UPPERREL_FINAL) && has_wait_policy(root->parse);
	List* local = output->pathlist;
	if (only)
		output->pathlist = NIL;
	postgres_fdw().GetForeignUpperPaths(root, stage, input, output, extra);
	if (only && output->pathlist == NIL)
		output->pathlist = local;
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
