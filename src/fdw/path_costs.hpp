/*
 * What the ways of the remote cost beside those of here. Server code.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* The planner would drop a way of ours that costs more than its own, before we see it. */
void make_dear(const List* paths);
/* These are no dearer than they were before. */
void make_cheap(const List* paths);

/* Of the remote's ways to make the relation's rows, without parameters, the cheapest; or none. */
const Path* cheapest_remote(const RelOptInfo* relation);

/* No way of the remote's to make the relation costs more than this. The planner chooses anew. */
void limit_remote_costs(RelOptInfo* relation, Cost limit);

} // namespace datalinks::fdw
