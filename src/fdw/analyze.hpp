/*
 * ANALYZE of a foreign table: a callback of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* The remote's table is sampled there, where it can be; else all of its rows are read. */
bool analyze_foreign_table(Relation relation, AcquireSampleRowsFunc* function, BlockNumber* pages);

} // namespace datalinks::fdw
