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

#else

/* By way of another type: in C the empty list of parameters stood for any. */
bool walk_expression(Node* node, Walker walker, void* context)
{
	const auto any = reinterpret_cast<void (*)()>(walker);
	return expression_tree_walker(node, reinterpret_cast<bool (*)()>(any), context);
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

void mark_dropped(TupleDesc descriptor, int index)
{
	TupleDescAttr(descriptor, index)->attisdropped = true;
#if PG_VERSION_NUM >= 180000
	populate_compact_attribute(descriptor, index);
#endif
}

} // namespace datalinks::pg
