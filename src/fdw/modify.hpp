/*
 * INSERT, UPDATE and DELETE row by row: a callback of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * UPDATE and DELETE row by row are refused where ctid does not tell rows apart; an INSERT without
 * columns goes row by row.
 */
void begin_foreign_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                          int subplan_index, int flags);

/*
 * From here on the relation, which has a routine of its own, is inserted into row by row: a batch
 * of no columns has no syntax.
 */
void insert_row_by_row(ResultRelInfo* relation);

} // namespace datalinks::fdw
