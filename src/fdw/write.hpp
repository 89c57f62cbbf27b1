/*
 * INSERT, UPDATE and DELETE row by row, and COPY FROM: callbacks of the handler's. The rows go
 * over executor::Writer; postgres_fdw has planned them, and written the remote's SQL.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

void begin_foreign_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                          int subplan_index, int flags);

/* COPY, and rows routed into a partition: there is no plan of postgres_fdw's. */
void begin_foreign_insert(ModifyTableState* state, ResultRelInfo* relation);

TupleTableSlot* insert_row(EState* state, ResultRelInfo* relation, TupleTableSlot* slot,
                           TupleTableSlot* plan_slot);
TupleTableSlot* update_row(EState* state, ResultRelInfo* relation, TupleTableSlot* slot,
                           TupleTableSlot* plan_slot);
TupleTableSlot* delete_row(EState* state, ResultRelInfo* relation, TupleTableSlot* slot,
                           TupleTableSlot* plan_slot);

void end_foreign_modify(EState* state, ResultRelInfo* relation);

/*
 * Has the server call us when a statement has run: the errors and the counts of what it wrote have
 * to be in by then.
 */
void watch_executor();

} // namespace datalinks::fdw
