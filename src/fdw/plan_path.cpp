/*
 * What stands above a scan: see plan_path.hpp.
 */
#include <algorithm>

#include "postgres/executor_hooks.hpp"
#include "postgres/guard.hpp"

#include "fdw/plan_path.hpp"

namespace datalinks::fdw
{

namespace
{

bool descend(const Plan* plan, const Plan* wanted, std::vector<const Plan*>& path);

bool descend_any(const List* plans, const Plan* wanted, std::vector<const Plan*>& path)
{
	const ListCell* cell;
	foreach (cell, plans)
		if (descend(static_cast<const Plan*>(lfirst(cell)), wanted, path))
			return true;
	return false;
}

/* Below plans that have other children than an outer and an inner one. */
bool descend_children(const Plan* plan, const Plan* wanted, std::vector<const Plan*>& path)
{
	switch (nodeTag(plan))
	{
	case T_Append:
		return descend_any(reinterpret_cast<const Append*>(plan)->appendplans, wanted, path);
	case T_MergeAppend:
		return descend_any(reinterpret_cast<const MergeAppend*>(plan)->mergeplans, wanted, path);
	case T_SubqueryScan:
		return descend(reinterpret_cast<const SubqueryScan*>(plan)->subplan, wanted, path);
	case T_CustomScan:
		return descend_any(reinterpret_cast<const CustomScan*>(plan)->custom_plans, wanted, path);
	default:
		return false;
	}
}

bool descend(const Plan* plan, const Plan* wanted, std::vector<const Plan*>& path)
{
	if (plan == nullptr)
		return false;
	path.push_back(plan);
	if (plan == wanted || descend(outerPlan(plan), wanted, path) ||
	    descend(innerPlan(plan), wanted, path) || descend_children(plan, wanted, path))
		return true;
	path.pop_back();
	return false;
}

/* Whether it has read all there is below before it gives a row. */
bool reads_all(const Plan* plan)
{
	if (IsA(plan, Agg))
	{
		const AggStrategy strategy = reinterpret_cast<const Agg*>(plan)->aggstrategy;
		return strategy == AGG_PLAIN || strategy == AGG_HASHED;
	}
	return IsA(plan, Sort) || IsA(plan, Hash);
}

/* Whether it asks for a row below where it is asked for one, and all of them where for all. */
bool hands_on_demand(const Plan* plan)
{
	return IsA(plan, ModifyTable) || IsA(plan, Append) || IsA(plan, LockRows) ||
	       ((IsA(plan, Result) || IsA(plan, SubqueryScan)) && plan->qual == NIL);
}

/* Whether it takes all rows from this one below where all of its own are taken. */
bool exhausts(const Plan* plan, const Plan* below)
{
	switch (nodeTag(plan))
	{
	case T_ModifyTable:
	case T_Append:
	case T_MergeAppend:
	case T_LockRows:
	case T_Result:
	case T_ProjectSet:
	case T_SubqueryScan:
	case T_Agg:
	case T_Group:
	case T_Unique:
	case T_SetOp:
	case T_IncrementalSort:
	case T_Gather:
	case T_GatherMerge:
		return true;
	case T_NestLoop:
	case T_HashJoin:
		return below == outerPlan(plan);
	default:
		return false;
	}
}

} // namespace

std::optional<PlanPath> find_path(const PlanState* node)
{
	const PlannedStmt* statement = node->state->es_plannedstmt;
	PlanPath path{{}, false};
	if (descend(statement->planTree, node->plan, path.plans))
		return path;
	path.in_subplan = true;
	if (!descend_any(statement->subplans, node->plan, path.plans))
		return std::nullopt;
	return path;
}

PlanPath path_to(const ForeignScanState* node)
{
	auto path = find_path(&node->ss.ps);
	if (!path)
		throw pg::Failure(pg::sqlstate::internal_error, "a scan is not part of its plan");
	return std::move(*path);
}

Demand demand_on(const PlanPath& path, size_t place)
{
	while (place-- > 0)
	{
		if (reads_all(path.plans[place]))
			return Demand::all;
		if (!hands_on_demand(path.plans[place]))
			return Demand::unknown;
	}
	return path.in_subplan ? Demand::unknown : Demand::as_statement;
}

bool are_all_wanted(const PlanPath& path, size_t place)
{
	for (; place > 0; --place)
	{
		if (reads_all(path.plans[place - 1]))
			return true;
		if (!exhausts(path.plans[place - 1], path.plans[place]))
			return false;
	}
	return !path.in_subplan && pg::rows_wanted() == 0;
}

bool keeps_rows(const Plan* plan)
{
	switch (nodeTag(plan))
	{
	case T_Append:
	case T_MergeAppend:
	case T_Sort:
	case T_IncrementalSort:
	case T_ForeignScan:
		return true;
	case T_Result:
	case T_SubqueryScan:
		return plan->qual == NIL;
	default:
		return false;
	}
}

bool reads_ahead(const Plan* plan)
{
	return IsA(plan, MergeAppend) || IsA(plan, Sort) || IsA(plan, IncrementalSort);
}

bool has_append(const PlanPath& path)
{
	return std::any_of(path.plans.begin(), path.plans.end(),
	                   [](const Plan* plan) { return IsA(plan, Append); });
}

} // namespace datalinks::fdw
