/*
 * Whether COPY into a remote's table means the same as INSERT.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "executor/writer.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * How an INSERT of these attributes of a foreign table, in this order, goes by COPY. It does not
 * where the remote has rules or row security on the table, or anything else than a table, or where
 * the columns take no values but by OVERRIDING SYSTEM VALUE: COPY knows none of that.
 */
executor::CopyPlan copy_plan(Relation relation, const List* attributes);

} // namespace datalinks::fdw
