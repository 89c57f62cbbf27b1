/*
 * A scan, planned: callbacks of the handler's. postgres_fdw plans; what is added to its plan is
 * added here.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

ForeignScan* get_foreign_plan(PlannerInfo* root, RelOptInfo* scanned, Oid table, ForeignPath* path,
                              List* targets, List* clauses, Plan* outer);

} // namespace datalinks::fdw
