/*
 * A scan, planned: what postgres_fdw's plan of it lacks. Callbacks of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* The remote's SQL text also fetches what UPDATE and DELETE need. */
ForeignScan* get_foreign_plan(PlannerInfo* root, RelOptInfo* scanned, Oid table, ForeignPath* path,
                              List* targets, List* clauses, Plan* outer);

} // namespace datalinks::fdw
