/*
 * IMPORT FOREIGN SCHEMA.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* postgres_fdw's, over a session of its own; which knows no named URLs: 0A000 there. */
List* import_foreign_schema(ImportForeignSchemaStmt* statement, Oid server);

} // namespace datalinks::fdw
