/*
 * The handler of the wrapper "datalinks": postgres_fdw's routine with a few callbacks of our own in
 * it. Each of ours calls postgres_fdw's; what it does besides is named where it stands.
 *
 * It holds the server's headers: include it last.
 *
 * The callbacks are called by the server and call it: they are on its side of the border. Nothing
 * in them has a destructor while they call the server, but inside pg::entry.
 */
#pragma once

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* postgres_fdw's own routine, as its handler gave it; for callbacks that hand on to it. */
const FdwRoutine& postgres_fdw();

/* The routine of our wrapper. Throws pg::Error when postgres_fdw's library cannot be loaded. */
FdwRoutine* handler();

/*
 * INSERT, planned: columns that the statement leaves out are left out of the remote's statement
 * too, so that the remote's defaults apply. insert_plan.cpp
 */
List* plan_foreign_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                          int subplan_index);

/* UPDATE that the remote runs whole: SET ... = DEFAULT is refused, in both kinds. insert_plan.cpp
 */
bool plan_direct_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                        int subplan_index);

/* INSERT without a plan of its own: COPY, and rows routed into a partition. insert_routing.cpp */
void begin_foreign_insert(ModifyTableState* state, ResultRelInfo* relation);

/*
 * UPDATE and DELETE row by row are refused where ctid does not tell rows apart; an INSERT without
 * columns goes row by row. modify.cpp
 */
void begin_foreign_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                          int subplan_index, int flags);

/* From here on the relation is inserted into row by row: a batch of no columns has no syntax. */
void insert_row_by_row(EState* state, ResultRelInfo* relation);

/* A routine for this result relation alone: the others, and other rows, pay nothing for it. */
FdwRoutine* own_routine(EState* state, ResultRelInfo* relation);

/* Errors of a statement's beginning, and of its first row, get the hint that mends them. hints.cpp
 */
void begin_foreign_scan(ForeignScanState* node, int flags);
void begin_direct_modify(ForeignScanState* node, int flags);
void begin_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                  int subplan_index, int flags);
void begin_insert(ModifyTableState* state, ResultRelInfo* relation);
void watch_first_insert(FdwRoutine* routine);

} // namespace datalinks::fdw
