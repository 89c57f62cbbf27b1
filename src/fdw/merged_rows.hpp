/*
 * What the actions of a MERGE leave to the defaults of a partition of the remote's.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "fdw/left_out.hpp"
#include "fdw/shapes.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * By row, of these attributes of the partition; empty where no action leaves out any. The function
 * throws 0A000 for a row of which nobody knows which action it is from, where that matters.
 */
Shapes::OfRow merged_rows(const ModifyTableState* state, const ResultRelInfo* partition,
                          const AttributeSet& attributes);

} // namespace datalinks::fdw
