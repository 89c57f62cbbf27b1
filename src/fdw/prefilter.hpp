/*
 * Conditions that postgres_fdw keeps here, sent to the remote as well.
 *
 * It ships no condition on a column of an enum, and none with a stable expression such as
 * now() - interval '7 days'. Such a condition stays where it is, so that nothing can become wrong,
 * and the remote is given it too: the expression's value is a parameter, known when the scan
 * begins. What must hold is that the remote keeps every row that we would keep.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* The planner's callback: rows that the remote keeps to itself are not paid for. */
void get_foreign_paths(PlannerInfo* root, RelOptInfo* relation, Oid table);

/* Puts such conditions of a table's scan into its remote SQL. Server code throughout. */
void add_prefilters(ForeignScan* scan, PlannerInfo* root, Oid table);

} // namespace datalinks::fdw
