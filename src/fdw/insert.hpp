/*
 * INSERT and direct UPDATE, planned: callbacks of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * INSERT, planned: columns that the statement leaves out are left out of the remote's statement
 * too, so that the remote's defaults apply.
 */
List* plan_foreign_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                          int subplan_index);

/* UPDATE that the remote runs whole: SET ... = DEFAULT is refused, in both kinds. */
bool plan_direct_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                        int subplan_index);

} // namespace datalinks::fdw
