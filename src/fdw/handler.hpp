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

/*
 * From here on the relation, which has a routine of its own, is inserted into row by row: a batch
 * of no columns has no syntax. modify.cpp
 */
void insert_row_by_row(ResultRelInfo* relation);

/*
 * A routine for this result relation alone: other relations pay nothing for what is changed in it.
 * begin_modify() and begin_insert() need it. hints.cpp
 */
FdwRoutine* own_routine(EState* state, ResultRelInfo* relation);

/* Whatever runs on the remote: its errors get the hint that mends them. hints.cpp */
void get_foreign_rel_size(PlannerInfo* root, RelOptInfo* relation, Oid table);
void begin_foreign_scan(ForeignScanState* node, int flags);
void begin_direct_modify(ForeignScanState* node, int flags);
void begin_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                  int subplan_index, int flags);
void begin_insert(ModifyTableState* state, ResultRelInfo* relation);
bool analyze_foreign_table(Relation relation, AcquireSampleRowsFunc* function, BlockNumber* pages);
void exec_foreign_truncate(List* relations, DropBehavior behavior, bool restart);

/* Raises 0A000 for FOR UPDATE with NOWAIT or SKIP LOCKED: postgres_fdw would wait. row_locks.cpp */
void refuse_wait_policy(const ForeignScanState* node);

} // namespace datalinks::fdw
