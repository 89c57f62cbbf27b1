/*
 * What ways of the remote's cost: see path_costs.hpp.
 */
#include "fdw/path_costs.hpp"

#include <algorithm>

namespace datalinks::fdw
{

namespace
{

constexpr Cost dear = 1e12;

bool is_remote(const Path* path)
{
	return IsA(path, ForeignPath) && path->param_info == nullptr;
}

} // namespace

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

const Path* cheapest_remote(const RelOptInfo* relation)
{
	const Path* cheapest = nullptr;
	const ListCell* cell;
	foreach (cell, relation->pathlist)
	{
		const auto* path = static_cast<const Path*>(lfirst(cell));
		if (is_remote(path) && (cheapest == nullptr || path->total_cost < cheapest->total_cost))
			cheapest = path;
	}
	return cheapest;
}

/* In an order, a little more: it is not to be preferred where nobody needs it. */
void limit_remote_costs(RelOptInfo* relation, Cost limit)
{
	constexpr double for_order = 1.05;
	const List* paths = relation->pathlist;
	relation->pathlist = NIL;
	const ListCell* cell;
	foreach (cell, paths)
	{
		auto* path = static_cast<Path*>(lfirst(cell));
		if (is_remote(path))
		{
			path->total_cost =
			    std::min(path->total_cost, path->pathkeys == NIL ? limit : limit * for_order);
			path->startup_cost = std::min(path->startup_cost, path->total_cost);
		}
		add_path(relation, path);
	}
}

} // namespace datalinks::fdw
