/*
 * EXPLAIN of scans and modifications: what postgres_fdw tells, and with ANALYZE what went over the
 * link for them.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "executor/session.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Callbacks of the handler's. */
void explain_foreign_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                            int subplan_index, ExplainState* explain);
void explain_direct_modify(ForeignScanState* node, ExplainState* explain);
void explain_foreign_scan(ForeignScanState* node, ExplainState* explain);

/* What a direct modification has received and sent. */
const executor::Traffic& traffic_of_direct_modify(const ForeignScanState* node);

} // namespace datalinks::fdw
