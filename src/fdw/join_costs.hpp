/*
 * What a join on the remote costs.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * postgres_fdw's paths of a join on the remote. It counts one comparison for each pair of rows, as
 * if the remote had neither an index nor a hash join: what joins a few rows with many would be done
 * here then, with all of the many fetched. Here a join costs what reading both sides costs. None of
 * the paths that are there are superseded yet.
 */
void add_join_paths(PlannerInfo* root, RelOptInfo* join, RelOptInfo* outer, RelOptInfo* inner,
                    JoinType type, JoinPathExtraData* extra);

/* Such a path costs no more than a loop here over its tables. Server code. */
void limit_join_costs(const PlannerInfo* root, const RelOptInfo* join);

} // namespace datalinks::fdw
