/*
 * INSERT without a plan of its own: a callback of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* COPY, and rows routed into a partition. */
void begin_foreign_insert(ModifyTableState* state, ResultRelInfo* relation);

} // namespace datalinks::fdw
