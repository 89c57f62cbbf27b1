/*
 * What a join on the remote costs: see join_costs.hpp.
 */
#include <algorithm>
#include <utility>
#include <vector>

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/join_costs.hpp"
#include "fdw/path_costs.hpp"
#include "fdw/row_cost.hpp"

namespace datalinks::fdw
{

namespace
{

/* Comparisons by these conditions cost nothing for as long as it lives. */
class FreeComparisons
{
public:
	FreeComparisons() = default;
	~FreeComparisons()
	{
		/* One that was added twice had its own cost the first time. */
		for (; !kept_.empty(); kept_.pop_back())
			kept_.back().first->eval_cost = kept_.back().second;
	}
	FreeComparisons(const FreeComparisons&) = delete;
	FreeComparisons& operator=(const FreeComparisons&) = delete;

	void add(const List* conditions)
	{
		const ListCell* cell;
		foreach (cell, conditions)
		{
			auto* condition = lfirst_node(RestrictInfo, cell);
			kept_.emplace_back(condition, condition->eval_cost);
			condition->eval_cost = QualCost{0, 0};
		}
	}

private:
	std::vector<std::pair<RestrictInfo*, QualCost>> kept_;
};

} // namespace

void add_join_paths(PlannerInfo* root, RelOptInfo* join, RelOptInfo* outer, RelOptInfo* inner,
                    JoinType type, JoinPathExtraData* extra)
{
	pg::entry([&] {
		const Undecided undecided(join);
		FreeComparisons free;
		free.add(extra->restrictlist);
		for (int member = bms_next_member(join->relids, -1); member >= 0;
		     member = bms_next_member(join->relids, member))
			if (const RelOptInfo* relation = root->simple_rel_array[member];
			    relation != nullptr && relation->reloptkind == RELOPT_BASEREL)
			{
				free.add(relation->baserestrictinfo);
				free.add(relation->joininfo);
			}
		pg::call(
		    [&] { postgres_fdw().GetForeignJoinPaths(root, join, outer, inner, type, extra); });
	});
}

namespace
{

/* The remote's part in a look-up: less than ours, whatever it does. */
constexpr Cost cost_of_look_up = 1.5;

} // namespace

/*
 * The remote can do what we could: read one of the tables, and look up the others by its rows. So
 * it costs no more than that would cost us.
 */
void limit_join_costs(const PlannerInfo* root, const RelOptInfo* join)
{
	const Path* made = cheapest_remote(join);
	if (made == nullptr)
		return;
	Cost least = made->total_cost;
	for (int member = bms_next_member(join->relids, -1); member >= 0;
	     member = bms_next_member(join->relids, member))
	{
		const RelOptInfo* relation = root->simple_rel_array[member];
		const Path* read = relation != nullptr ? cheapest_remote(relation) : nullptr;
		if (read != nullptr)
			least = std::min(least, read->total_cost + cost_of_look_up * read->rows +
			                            cost_of_row_from(join->serverid) * made->rows);
	}
	limit_remote_costs(join, least);
}

} // namespace datalinks::fdw
