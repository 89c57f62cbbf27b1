/*
 * The server's trees: see nodes.hpp.
 */
#include "postgres/nodes.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

bool walk_expression(Node* node, Walker walker, void* context)
{
#if PG_VERSION_NUM >= 160000
	return expression_tree_walker(node, walker, context);
#else
	/* By way of another type: in C the empty list of parameters stood for any. */
	const auto any = reinterpret_cast<void (*)()>(walker);
	return expression_tree_walker(node, reinterpret_cast<bool (*)()>(any), context);
#endif
}

const Bitmapset* inserted_columns(const Query* query, RangeTblEntry* target)
{
#if PG_VERSION_NUM >= 160000
	return getRTEPermissionInfo(query->rteperminfos, target)->insertedCols;
#else
	(void)query;
	return target->insertedCols;
#endif
}

void mark_dropped(TupleDesc descriptor, int index)
{
	TupleDescAttr(descriptor, index)->attisdropped = true;
#if PG_VERSION_NUM >= 180000
	populate_compact_attribute(descriptor, index);
#endif
}

} // namespace datalinks::pg
