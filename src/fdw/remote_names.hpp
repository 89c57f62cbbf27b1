/*
 * What things are called on the remote, as postgres_fdw calls them: by the options of the foreign
 * table and of its columns, else as here.
 *
 * Server code. It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Schema and name, quoted. */
const char* remote_table(Oid table);

/* Of a column, quoted. */
const char* remote_column(Oid table, AttrNumber number);

/* The same as they are. */
const char* remote_column_name(Oid table, AttrNumber number);

} // namespace datalinks::fdw
