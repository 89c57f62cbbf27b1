/*
 * Nested loops over a remote's table: the outer side's rows are read some way ahead, so that the
 * keys that they look for are sent many at a time. The rows, and what the loop does with them,
 * are the same.
 *
 * The outer side's node is given a function of ours, which hands on what was read ahead.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* A scan by values of other rows was begun: the loops of its statement are to be looked through. */
void note_scan_by_keys(EState* state);

/* A statement is about to run. */
void read_outer_rows_ahead(QueryDesc* query);

} // namespace datalinks::fdw
