/*
 * The server's trees.
 */
#pragma once

struct Bitmapset;
struct EState;
struct ForeignScanState;
struct Node;
struct Query;
struct RangeTblEntry;
struct ResultRelInfo;
struct TupleDescData;

namespace datalinks::pg
{

using Walker = bool (*)(Node*, void*);

/* expression_tree_walker of the server, which has another type in each version. Server code. */
bool walk_expression(Node* node, Walker walker, void* context);

/* The columns that an INSERT or MERGE of the query's names, of this target. Server code. */
const Bitmapset* inserted_columns(const Query* query, RangeTblEntry* target);

/* On whose behalf a foreign scan reads. Server code. */
unsigned scanning_user(const ForeignScanState* node);

/* On whose behalf a statement writes to one of its relations. Server code. */
unsigned writing_user(const ResultRelInfo* relation, EState* state);

/* Marks the attribute, counted from 0, as dropped in a copy of a relation's. Server code. */
void mark_dropped(TupleDescData* descriptor, int index);

} // namespace datalinks::pg
