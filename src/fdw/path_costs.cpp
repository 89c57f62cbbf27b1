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

/* The same under a projection, which the planner may have put on top. */
bool reads_remote(const Path* path)
{
	return is_remote(
	    IsA(path, ProjectionPath) ? reinterpret_cast<const ProjectionPath*>(path)->subpath : path);
}

} // namespace

/* To be cheaper at the start and dearer in all is to be something else. */
Undecided::Undecided(RelOptInfo* relation)
    : relation_(relation), startup_counts_(relation->consider_startup),
      startup_of_parameterized_counts_(relation->consider_param_startup)
{
	const ListCell* cell;
	foreach (cell, relation->pathlist)
	{
		auto* path = static_cast<Path*>(lfirst(cell));
		kept_.push_back({path, path->startup_cost, path->total_cost});
	}
	for (const Costs& costs : kept_)
	{
		costs.path->startup_cost = -dear;
		costs.path->total_cost = dear;
	}
	relation->consider_startup = relation->consider_param_startup = true;
}

Undecided::~Undecided()
{
	for (const Costs& costs : kept_)
	{
		costs.path->startup_cost = costs.startup;
		costs.path->total_cost = costs.total;
	}
	relation_->consider_startup = startup_counts_;
	relation_->consider_param_startup = startup_of_parameterized_counts_;
}

const Path* cheapest_remote(const RelOptInfo* relation)
{
	const Path* cheapest = nullptr;
	const ListCell* cell;
	foreach (cell, relation->pathlist)
	{
		const auto* path = static_cast<const Path*>(lfirst(cell));
		if (reads_remote(path) && (cheapest == nullptr || path->total_cost < cheapest->total_cost))
			cheapest = path;
	}
	return cheapest;
}

/* In an order, a little more: it is not to be preferred where nobody needs it. */
void limit_remote_costs(const RelOptInfo* relation, Cost limit)
{
	constexpr double for_order = 1.05;
	const ListCell* cell;
	foreach (cell, relation->pathlist)
	{
		auto* path = static_cast<Path*>(lfirst(cell));
		if (!is_remote(path))
			continue;
		path->total_cost =
		    std::min(path->total_cost, path->pathkeys == NIL ? limit : limit * for_order);
		path->startup_cost = std::min(path->startup_cost, path->total_cost);
	}
}

void decide(RelOptInfo* relation)
{
	const List* paths = relation->pathlist;
	relation->pathlist = NIL;
	const ListCell* cell;
	foreach (cell, paths)
		add_path(relation, static_cast<Path*>(lfirst(cell)));
}

} // namespace datalinks::fdw
