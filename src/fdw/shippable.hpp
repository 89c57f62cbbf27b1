/*
 * What means the same on both sides, as postgres_fdw has it for what it ships.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Whether a type, function or operator is the server's own: postgres_fdw's is_builtin. */
bool is_built_in(Oid object);

/* Whether values of the type are names of objects, whose OIDs differ from server to server. */
bool is_name_of_object(Oid type);

} // namespace datalinks::fdw
