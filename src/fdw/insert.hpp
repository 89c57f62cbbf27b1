/*
 * INSERT, UPDATE and DELETE row by row, planned: a callback of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * Columns that an INSERT leaves out are left out of the remote's statement too, so that the
 * remote's defaults apply; those that an UPDATE sets to DEFAULT are set to DEFAULT there.
 */
List* plan_foreign_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                          int subplan_index);

} // namespace datalinks::fdw
