/*
 * A scan, planned: what postgres_fdw's plan of it lacks. Callbacks of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Of rows that are locked with NOWAIT or SKIP LOCKED, joins, order and LIMIT are shipped if they
 * can be, whatever they cost: done here, more rows would have been locked than are wanted. */
void get_foreign_join_paths(PlannerInfo* root, RelOptInfo* joined, RelOptInfo* outer,
                            RelOptInfo* inner, JoinType type, JoinPathExtraData* extra);
void get_foreign_upper_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input,
                             RelOptInfo* output, void* extra);

/* The remote's SQL text also fetches what UPDATE and DELETE need, and locks as is asked for. */
ForeignScan* get_foreign_plan(PlannerInfo* root, RelOptInfo* scanned, Oid table, ForeignPath* path,
                              List* targets, List* clauses, Plan* outer);

} // namespace datalinks::fdw
