/*
 * The server's trees.
 */
#pragma once

struct Bitmapset;
struct EState;
struct ForeignScanState;
struct MergeAction;
struct ModifyTableState;
struct Node;
struct ParamPathInfo;
struct Path;
struct PlanState;
struct PlannerInfo;
struct Query;
struct RangeTblEntry;
struct RelOptInfo;
struct ResultRelInfo;
struct TupleDescData;

namespace datalinks::pg
{

using Walker = bool (*)(Node*, void*);
using Mutator = Node* (*)(Node*, void*);

/* expression_tree_walker of the server, which has another type in each version. Server code. */
bool walk_expression(Node* node, Walker walker, void* context);

/* expression_tree_mutator, likewise. */
Node* mutate_expression(Node* node, Mutator mutator, void* context);

using StateWalker = bool (*)(PlanState*, void*);

/* planstate_tree_walker of the server, likewise. Server code. */
bool walk_states(PlanState* state, StateWalker walker, void* context);

/*
 * A path for a scan of a foreign table by values of other relations' rows, at these costs. Server
 * code.
 */
Path* scan_by_parameters(PlannerInfo* root, RelOptInfo* table, ParamPathInfo* parameters,
                         double startup_cost, double total_cost);

/* Whether RETURNING has a row as it was before (OLD, since 18). Server code. */
bool returns_old_rows(const Query* query);

/* The columns that an INSERT or MERGE of the query's names, of this target. Server code. */
const Bitmapset* inserted_columns(const Query* query, RangeTblEntry* target);

/* On whose behalf a foreign scan reads. Server code. */
unsigned scanning_user(const ForeignScanState* node);

/* On whose behalf a statement writes to one of its relations. Server code. */
unsigned writing_user(const ResultRelInfo* relation, EState* state);

/*
 * The action of a MERGE whose row is being written; nullptr where it cannot be told: before 17 only
 * of rows that surely are an INSERT's (`inserts`), by conditions that are not volatile. Server
 * code.
 */
const MergeAction* running_merge_action(const ModifyTableState* state, bool inserts);

/* Marks the attribute, counted from 0, as dropped in a copy of a relation's. Server code. */
void mark_dropped(TupleDescData* descriptor, int index);

} // namespace datalinks::pg
