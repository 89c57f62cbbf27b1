/*
 * Rows of pg_statistic, made as update_attstats() makes them, and many at a time. All of it is
 * server code, for pg::call, and takes server memory.
 */
#pragma once

#include "postgres/column_statistics.hpp"
#include "postgres/statistics.hpp"

#include "postgres/statistics_values.hpp"

namespace datalinks::pg
{

/* A row of a column's, as it shall stand there. */
struct StatisticsRow
{
	StatisticsColumn column;
	HeapTuple tuple;
};

/* Rows of one table, each column's once, ordered by the columns' numbers. */
struct StatisticsRows
{
	const StatisticsRow* rows;
	size_t count;
};

/* `catalog` describes pg_statistic. */
HeapTuple make_row(const StatisticsColumn& column, const ColumnStatistics& statistics,
                   const StatisticsSlots& slots, TupleDesc catalog);

/* Whether all of them stand there already. */
bool are_there(const StatisticsRows& wanted, Relation catalog);

/*
 * Stores those that do not, under the table's lock. Leaves out those whose columns are gone by now,
 * or are other ones, and returns whether there were none. `indexes` are the catalog's.
 */
bool store(const StatisticsRows& wanted, Relation catalog, CatalogIndexState indexes);

} // namespace datalinks::pg
