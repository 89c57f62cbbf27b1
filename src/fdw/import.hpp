/*
 * IMPORT FOREIGN SCHEMA: a callback of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * Hands on to postgres_fdw, which connects by itself; so nobody may for whom a rule of the
 * administrator's is in force, or who has a named URL, which it knows not (0A000), or whom
 * remote::refusal_of keeps from connecting.
 */
List* import_foreign_schema(ImportForeignSchemaStmt* statement, Oid server);

} // namespace datalinks::fdw
