/*
 * What in an ON CONFLICT clause the remote cannot compute, or not so that it means the same.
 *
 * Server code, all of it. It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Whether its value changes from row to row, or cannot be known beforehand; the second is unused.
 */
bool depends_on_row(Node* node, void*);

/* Why values of the type mean nothing there, as part of a sentence; nullptr where they do. */
const char* obstacle_of_type(Oid type);

/* Why the remote cannot compute this node, whatever is below it; nullptr where it can. */
const char* obstacle_of(Node* node);

} // namespace datalinks::fdw
