/*
 * The server's trees.
 */
#pragma once

struct Node;

namespace datalinks::pg
{

using Walker = bool (*)(Node*, void*);

/* expression_tree_walker of the server, which has another type in each version. Server code. */
bool walk_expression(Node* node, Walker walker, void* context);

} // namespace datalinks::pg
