/*
 * Columns of partition bounds: see bounds.hpp.
 */
#include "fdw/bounds.hpp"

namespace datalinks::fdw
{

Bitmapset* columns_in_bounds(Relation relation)
{
	Bitmapset* columns = nullptr;
	if (relation->rd_rel->relispartition)
		pull_varattnos(reinterpret_cast<Node*>(RelationGetPartitionQual(relation)), 1, &columns);
	return columns;
}

bool is_in_bounds(Oid table, int number)
{
	Relation relation = table_open(table, NoLock);
	const bool found =
	    bms_is_member(number - FirstLowInvalidHeapAttributeNumber, columns_in_bounds(relation));
	table_close(relation, NoLock);
	return found;
}

} // namespace datalinks::fdw
