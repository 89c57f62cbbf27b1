/*
 * UPDATE ... SET c = DEFAULT, planned: the remote's default, where the column has none here.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * The plan of an UPDATE row by row with DEFAULT in place of the NULLs that the rewriter has made of
 * it. Throws 0A000 where DEFAULT cannot be told from NULL, or cannot be had.
 */
List* set_to_default(List* planned, const PlannerInfo* root, const ModifyTable* plan,
                     Index result_relation, int subplan_index);

/* The same of a statement that the remote runs whole: a callback of the handler's. */
bool plan_direct_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                        int subplan_index);

} // namespace datalinks::fdw
