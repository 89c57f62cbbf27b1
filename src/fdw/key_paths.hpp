/*
 * Ways to read a remote's table by keys: only those rows that other rows of the statement ask for.
 * postgres_fdw makes none without remote estimates.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * Adds a path for each set of relations that the table's conditions with them can look it up by.
 * Only for conditions that are sure to be sent. Server code.
 */
void add_key_paths(PlannerInfo* root, RelOptInfo* relation, Oid table);

/*
 * Whether values of the type can be sent as an array of their text, and be taken out of it there.
 * Server code.
 */
bool fits_array(Oid type);

} // namespace datalinks::fdw
