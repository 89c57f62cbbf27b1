/*
 * What the planner reckons for a row that comes over.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* By an option of the table, or of its server, as postgres_fdw has them. Server code. */
Cost cost_of_row(Oid table);
Cost cost_of_row_from(Oid server);

} // namespace datalinks::fdw
