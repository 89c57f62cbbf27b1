/*
 * Whatever runs on the remote: its errors get the hint that mends them.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Callbacks of the handler's. */
void get_foreign_rel_size(PlannerInfo* root, RelOptInfo* relation, Oid table);
void begin_foreign_scan(ForeignScanState* node, int flags);
void begin_direct_modify(ForeignScanState* node, int flags);
bool analyze_foreign_table(Relation relation, AcquireSampleRowsFunc* function, BlockNumber* pages);
void exec_foreign_truncate(List* relations, DropBehavior behavior, bool restart);

/*
 * A routine for this result relation alone: other relations pay nothing for what is changed in it.
 * The two below need it.
 */
FdwRoutine* own_routine(EState* state, ResultRelInfo* relation);

/* postgres_fdw's BeginForeignModify and BeginForeignInsert, with hints. */
void begin_hinted_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                         int subplan_index, int flags);
void begin_hinted_insert(ModifyTableState* state, ResultRelInfo* relation);

} // namespace datalinks::fdw
