/*
 * Scans of our own: postgres_fdw has planned them and written the remote's SQL; the executor of
 * ours reads the rows.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "executor/pool.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * The callbacks of the handler's for scans. A statement reads in a snapshot of its own; within the
 * local transaction's transaction there, where that has to see more: in REPEATABLE READ and
 * SERIALIZABLE, after the transaction has written there, and where rows are locked.
 */
void begin_foreign_scan(ForeignScanState* node, int flags);
TupleTableSlot* iterate_foreign_scan(ForeignScanState* node);
void rescan_foreign_scan(ForeignScanState* node);
void end_foreign_scan(ForeignScanState* node);
void request_async(AsyncRequest* request);
void configure_async_wait(AsyncRequest* request);
void notify_async(AsyncRequest* request);

/* On whose behalf, and where, a scan of the node works. Throws 42704 without a mapping. */
executor::Route route_of(ForeignScanState* node);

/* The foreign table that is scanned; of a join, its first. */
Oid table_of(const ForeignScanState* node);

} // namespace datalinks::fdw
