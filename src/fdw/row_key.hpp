/*
 * What tells the rows of a remote's table apart, for UPDATE and DELETE row by row: the ctid, and
 * where the table has partitions or heirs, which have their ctids alike, their tableoid as well.
 *
 * The remote's tableoid has no place in a row of ours but in a system column that has no other use
 * there: cmax. So the target's rows carry it to where they are changed.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* The attribute of a plan's rows that holds the remote's tableoid, of type cid. */
inline constexpr const char* table_attribute = "remote_tableoid";

/* Whether the foreign table stands for one with partitions or heirs, as far as known. Server code.
 */
bool is_tree(Oid table);

/* Callback of the handler's: what is needed of each row that is to be changed. */
void add_foreign_update_targets(PlannerInfo* root, Index index, RangeTblEntry* target,
                                Relation relation);

/* Has a scan of such rows, planned, fetch the tableoid as well, where it has to. */
void fetch_tables(ForeignScan* scan, const PlannerInfo* root, const RelOptInfo* scanned);

/* Callback of the handler's: the rows to be changed are found by the whole key. */
List* plan_modify_by_key(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                         int subplan_index);

} // namespace datalinks::fdw
