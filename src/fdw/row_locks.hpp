/*
 * SELECT ... FOR UPDATE on a link.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Raises 0A000 for FOR UPDATE with NOWAIT or SKIP LOCKED: postgres_fdw would wait. */
void refuse_wait_policy(const ForeignScanState* node);

/* Whether the node scans this relation of the statement's. Server code. */
bool is_scanned(const ForeignScanState* node, Index relation);

} // namespace datalinks::fdw
