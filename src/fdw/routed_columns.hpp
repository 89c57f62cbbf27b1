/*
 * Which columns of a partition the remote is sent for rows that are routed into it, and for those
 * of COPY; and which of them a row leaves to the remote's defaults.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "fdw/left_out.hpp"
#include "fdw/shapes.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

struct RoutedColumns
{
	List* named;          /* the attributes that a row can have */
	Shapes::OfRow of_row; /* what each row leaves out of them; empty: nothing */
};

/* Throws 0A000 where DEFAULT cannot be told from NULL. */
RoutedColumns routed_columns(const ModifyTableState* state, ResultRelInfo* relation);

} // namespace datalinks::fdw
