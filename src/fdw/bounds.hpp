/*
 * The columns that a partition's bounds look at: a row must not become another partition's by a
 * default of the remote's.
 *
 * Server code. It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* As members of a set of attributes, offset as the server's are; empty where it is no partition. */
Bitmapset* columns_in_bounds(Relation relation);

/* The same of one attribute of a table that is open. */
bool is_in_bounds(Oid table, int number);

} // namespace datalinks::fdw
