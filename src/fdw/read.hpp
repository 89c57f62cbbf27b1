/*
 * Scans of our own: postgres_fdw has planned them and written the remote's SQL; the executor of
 * ours reads the rows.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * Begins a scan of our own, where it may be one: in READ COMMITTED, on a server to which neither
 * the transaction nor this statement writes, and of a plan that is of the shape we know. Returns
 * false where it may not, and has done nothing then. Raises 42704 where the user has no mapping.
 */
bool begin_read(ForeignScanState* node, int flags);

/* The callbacks of such a scan. */
TupleTableSlot* iterate_read(ForeignScanState* node);
void rescan_read(ForeignScanState* node);
void end_read(ForeignScanState* node);
void explain_read(ForeignScanState* node, ExplainState* explain);
void request_async_read(AsyncRequest* request);
void configure_async_read(AsyncRequest* request);
void notify_async_read(AsyncRequest* request);

} // namespace datalinks::fdw
