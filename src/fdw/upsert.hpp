/*
 * INSERT ... ON CONFLICT with a target: left to the remote's constraints.
 *
 * The server refuses it for every foreign table when it plans (42P10): there is no unique index to
 * infer from. So the planner's hook takes the target and the action out of the clause before that.
 * What it sets and its condition stay where they are, so that the planner prepares them; when it
 * asks for the remote's plan, they become text, and the parameters that the text needs take their
 * place in the plan. For the executor the statement is a plain INSERT.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Before planning: takes the clauses for tables of ours out, of the WITH too. Server code. */
void take_out_conflicts(Query* query);

/*
 * Whether the hint for partitions is due when the planner refuses: the target is a partitioned
 * table, and a partition of it ours. Server code.
 */
bool is_conflict_of_partitions(const Query* query);

/* An error callback: the hint for partitions. */
void hint_at_partitions(void*);

/*
 * Puts a clause that was taken out into postgres_fdw's plan of the INSERT. Throws 42P10 with a
 * hint where it cannot be sent.
 */
void ship_conflict(List* planned, const PlannerInfo* root, ModifyTable* plan, Oid table);

} // namespace datalinks::fdw
