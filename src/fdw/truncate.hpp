/*
 * TRUNCATE through a link: a callback of the handler's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

void exec_foreign_truncate(List* relations, DropBehavior behavior, bool restart);

} // namespace datalinks::fdw
