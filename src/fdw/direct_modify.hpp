/*
 * UPDATE and DELETE that the remote runs whole: callbacks of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

void begin_direct_modify(ForeignScanState* node, int flags);
TupleTableSlot* iterate_direct_modify(ForeignScanState* node);
void end_direct_modify(ForeignScanState* node);

} // namespace datalinks::fdw
