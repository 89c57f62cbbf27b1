/*
 * From a column's statistics with texts for values to the slots of its row of pg_statistic. All of
 * it is server code, for pg::call, and takes server memory.
 */
#pragma once

#include "postgres/column_statistics.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

/* A type, how its values are read, and how its default operator classes compare them. */
struct ValueKind
{
	Oid type;
	FmgrInfo input;
	Oid input_parameter;
	int16 length;
	bool by_value;
	char alignment;
	Oid less, equal; /* 0: it has none */
	Oid collation;
	SortSupportData order;
};

/* What it says of the type as it is now, for as long as the memory lives. */
void look_up(ValueKind* kind, Oid type, Oid collation, MemoryContext memory);

/* What values of a column's statistics are read by. */
struct ColumnKinds
{
	ValueKind* value;   /* nullptr: of this type, values are not taken over */
	ValueKind* element; /* of its arrays, or text of a tsvector; nullptr: it has none */
};

struct StatisticsSlot
{
	int16 kind;
	Oid op, collation;
	Datum numbers, values; /* arrays; 0: none */
};

struct StatisticsSlots
{
	int count = 0;
	StatisticsSlot slots[STATISTIC_NUM_SLOTS];
};

/*
 * Raises an ERROR where a value is none of the type's, or where an order that ANALYZE would have
 * made is missing. An order by another collation is made anew: what it was made of are samples.
 */
StatisticsSlots make_slots(const ColumnStatistics& statistics, const ColumnKinds& kinds,
                           Oid collation);

} // namespace datalinks::pg
