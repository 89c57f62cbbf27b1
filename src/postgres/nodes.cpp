/*
 * The server's trees: see nodes.hpp.
 */
#include "postgres/nodes.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

#if PG_VERSION_NUM >= 160000

bool walk_expression(Node* node, Walker walker, void* context)
{
	return expression_tree_walker(node, walker, context);
}

Node* mutate_expression(Node* node, Mutator mutator, void* context)
{
	return expression_tree_mutator(node, mutator, context);
}

bool walk_states(PlanState* state, StateWalker walker, void* context)
{
	return planstate_tree_walker(state, walker, context);
}

#else

/* By way of another type: in C the empty list of parameters stood for any. */
bool walk_expression(Node* node, Walker walker, void* context)
{
	const auto any = reinterpret_cast<void (*)()>(walker);
	return expression_tree_walker(node, reinterpret_cast<bool (*)()>(any), context);
}

Node* mutate_expression(Node* node, Mutator mutator, void* context)
{
	const auto any = reinterpret_cast<void (*)()>(mutator);
	return expression_tree_mutator(node, reinterpret_cast<Node* (*)()>(any), context);
}

bool walk_states(PlanState* state, StateWalker walker, void* context)
{
	const auto any = reinterpret_cast<void (*)()>(walker);
	return planstate_tree_walker(state, reinterpret_cast<bool (*)()>(any), context);
}

#endif

Path* scan_by_parameters(PlannerInfo* root, RelOptInfo* table, ParamPathInfo* parameters,
                         double startup_cost, double total_cost)
{
	ForeignPath* path = create_foreignscan_path(root, table, nullptr, parameters->ppi_rows,
#if PG_VERSION_NUM >= 180000
	                                            0,
#endif
	                                            startup_cost, total_cost, NIL,
	                                            parameters->ppi_req_outer, nullptr, NIL
#if PG_VERSION_NUM >= 170000
	                                            ,
	                                            NIL
#endif
	);
	return &path->path;
}

#if PG_VERSION_NUM >= 180000

namespace
{

bool has_old_variable(Node* node, void* context)
{
	if (node == nullptr)
		return false;
	if (IsA(node, Var))
		return reinterpret_cast<const Var*>(node)->varreturningtype == VAR_RETURNING_OLD;
	return walk_expression(node, has_old_variable, context);
}

} // namespace

bool returns_old_rows(const Query* query)
{
	return has_old_variable(reinterpret_cast<Node*>(query->returningList), nullptr);
}

#else

bool returns_old_rows(const Query*)
{
	return false;
}

#endif

const Bitmapset* inserted_columns(const Query* query, RangeTblEntry* target)
{
#if PG_VERSION_NUM >= 160000
	return getRTEPermissionInfo(query->rteperminfos, target)->insertedCols;
#else
	(void)query;
	return target->insertedCols;
#endif
}

unsigned scanning_user(const ForeignScanState* node)
{
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
#if PG_VERSION_NUM >= 160000
	return OidIsValid(plan->checkAsUser) ? plan->checkAsUser : GetUserId();
#else
	const int index = plan->scan.scanrelid > 0 ? static_cast<int>(plan->scan.scanrelid)
	                                           : bms_next_member(plan->fs_relids, -1);
	const RangeTblEntry* entry = exec_rt_fetch(static_cast<Index>(index), node->ss.ps.state);
	return OidIsValid(entry->checkAsUser) ? entry->checkAsUser : GetUserId();
#endif
}

unsigned writing_user(const ResultRelInfo* relation, EState* state)
{
#if PG_VERSION_NUM >= 160000
	const Oid user = ExecGetResultRelCheckAsUser(const_cast<ResultRelInfo*>(relation), state);
#else
	const ResultRelInfo* named =
	    relation->ri_RangeTableIndex == 0 ? relation->ri_RootResultRelInfo : relation;
	const Oid user = exec_rt_fetch(named->ri_RangeTableIndex, state)->checkAsUser;
#endif
	return OidIsValid(user) ? user : GetUserId();
}

#if PG_VERSION_NUM >= 170000

const MergeAction* running_merge_action(const ModifyTableState* state, bool)
{
	return state->mt_merge_action != nullptr ? state->mt_merge_action->mas_action : nullptr;
}

#else

/* As ExecMergeNotMatched has found it: its conditions can be asked again. */
const MergeAction* running_merge_action(const ModifyTableState* state, bool inserts)
{
	if (!inserts || state->mt_nrels == 0)
		return nullptr;
	const ListCell* cell;
	foreach (cell, state->resultRelInfo[0].ri_notMatchedMergeAction)
	{
		const auto* action = static_cast<const MergeActionState*>(lfirst(cell));
		if (contain_volatile_functions(action->mas_action->qual))
			return nullptr;
		if (ExecQual(action->mas_whenqual, state->ps.ps_ExprContext))
			return action->mas_action;
	}
	return nullptr;
}

#endif

void mark_dropped(TupleDesc descriptor, int index)
{
	TupleDescAttr(descriptor, index)->attisdropped = true;
#if PG_VERSION_NUM >= 180000
	populate_compact_attribute(descriptor, index);
#endif
}

} // namespace datalinks::pg
