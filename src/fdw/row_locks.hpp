/*
 * SELECT ... FOR UPDATE on a link: the remote locks the rows as they are fetched.
 *
 * With NOWAIT or SKIP LOCKED a row that is locked and not wanted does harm: others are told of it,
 * or pass it over. So then no row is locked that a local table's would not be: rows are not fetched
 * ahead where fewer may be wanted, and where rows are dropped here that the remote has locked, the
 * statement is refused.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * Gives the text of a scan, planned, the lock strengths and wait policies of the statement.
 * postgres_fdw knows two strengths and no policy.
 */
void ship_lock_clauses(ForeignScan* scan, const PlannerInfo* root, const RelOptInfo* scanned,
                       const ForeignPath* path);

/* Whether the node's rows are locked with NOWAIT or SKIP LOCKED. */
bool has_wait_policy(const ForeignScanState* node);

/* Throws 0A000 where rows that such a node has locked would be dropped here. */
void refuse_dropped_locks(const ForeignScanState* node);

/*
 * How many rows of such a node are wanted as far as is known now; 0: all. Throws 0A000 where it
 * would fetch, and lock, others first.
 */
int rows_to_lock(const ForeignScanState* node);

/* Whether the node scans this relation of the statement's. Server code. */
bool is_scanned(const ForeignScanState* node, Index relation);

} // namespace datalinks::fdw
