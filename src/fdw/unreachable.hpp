/*
 * Scans that do without their remote where it cannot be reached: those of a union that was made
 * with on_unreachable => 'skip'. In its views, the links' tables have an alias of that meaning
 * (link::skip_alias), which a plan keeps.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/guard.hpp"

#include "fdw/read_state.hpp"

namespace datalinks::fdw
{

/* Whether all tables that the node reads have the alias. Server code. */
bool may_skip(const ForeignScanState* node);

/*
 * Whether the grouping has a row even where its input has none, and its input may be left out: the
 * remote that is asked for it would then not give that row. Server code.
 */
bool has_row_of_none(const PlannerInfo* root, const RelOptInfo* input);

/*
 * Whether the failure is that the remote could not be reached, and the scan, none of whose
 * statement's on that link has had an answer, may do without it: it has no rows then. One WARNING a
 * statement and link tells.
 */
bool skip(Read& read, const pg::Failure& failure);

/* The same where another scan of the statement has found so already. */
bool skip_given_up(Read& read);

} // namespace datalinks::fdw
