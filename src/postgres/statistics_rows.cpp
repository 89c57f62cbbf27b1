/*
 * Rows of pg_statistic: see statistics_rows.hpp.
 */
#include "postgres/statistics_rows.hpp"

namespace datalinks::pg
{

namespace
{

/* A row taken apart. */
struct Fields
{
	Datum values[Natts_pg_statistic];
	bool nulls[Natts_pg_statistic];
};

bool are_alike(HeapTuple a, HeapTuple b, TupleDesc descriptor)
{
	Fields one, other;
	heap_deform_tuple(a, descriptor, one.values, one.nulls);
	heap_deform_tuple(b, descriptor, other.values, other.nulls);
	for (int i = 0; i < Natts_pg_statistic; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		if (one.nulls[i] != other.nulls[i] ||
		    (!one.nulls[i] && !datum_image_eq(one.values[i], other.values[i], attribute->attbyval,
		                                      attribute->attlen)))
			return false;
	}
	return true;
}

/* Calls f with what is wanted and what stands there of the same column, or nullptr. */
template <typename F>
void each_with_stored(const StatisticsRows& wanted, Relation catalog, F&& f)
{
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_statistic_starelid, BTEqualStrategyNumber, F_OIDEQ,
	            ObjectIdGetDatum(wanted.rows->column.table));
	auto** stored = static_cast<HeapTuple*>(palloc0(sizeof(HeapTuple) * wanted.count));
	SysScanDesc scan =
	    systable_beginscan(catalog, StatisticRelidAttnumInhIndexId, true, nullptr, 1, &key);
	size_t at = 0;
	for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
	     tuple = systable_getnext(scan))
	{
		const auto* form = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(tuple));
		while (at < wanted.count && wanted.rows[at].column.number < form->staattnum)
			++at;
		if (at < wanted.count && wanted.rows[at].column.number == form->staattnum &&
		    !form->stainherit)
			stored[at] = heap_copytuple(tuple);
	}
	systable_endscan(scan);
	for (size_t i = 0; i < wanted.count; ++i)
		f(wanted.rows[i], stored[i]);
}

/* Whether the column is still the one that the row was made for. */
bool still_stands(const StatisticsColumn& column, TupleDesc table)
{
	if (column.number > table->natts)
		return false;
	const FormData_pg_attribute* form = TupleDescAttr(table, column.number - 1);
	return !form->attisdropped && form->atttypid == column.type &&
	       form->attcollation == column.collation;
}

} // namespace

HeapTuple make_row(const StatisticsColumn& column, const ColumnStatistics& statistics,
                   const StatisticsSlots& slots, TupleDesc catalog)
{
	Fields row{};
	const auto set = [&](int attribute, Datum value) { row.values[attribute - 1] = value; };
	set(Anum_pg_statistic_starelid, ObjectIdGetDatum(column.table));
	set(Anum_pg_statistic_staattnum, Int16GetDatum(static_cast<int16>(column.number)));
	set(Anum_pg_statistic_stainherit, BoolGetDatum(false));
	set(Anum_pg_statistic_stanullfrac, Float4GetDatum(statistics.null_fraction));
	set(Anum_pg_statistic_stawidth, Int32GetDatum(statistics.width));
	set(Anum_pg_statistic_stadistinct, Float4GetDatum(statistics.distinct));
	for (int i = 0; i < STATISTIC_NUM_SLOTS; ++i)
	{
		const StatisticsSlot slot = i < slots.count ? slots.slots[i] : StatisticsSlot{};
		set(Anum_pg_statistic_stakind1 + i, Int16GetDatum(slot.kind));
		set(Anum_pg_statistic_staop1 + i, ObjectIdGetDatum(slot.op));
		set(Anum_pg_statistic_stacoll1 + i, ObjectIdGetDatum(slot.collation));
		set(Anum_pg_statistic_stanumbers1 + i, slot.numbers);
		set(Anum_pg_statistic_stavalues1 + i, slot.values);
		row.nulls[Anum_pg_statistic_stanumbers1 + i - 1] = slot.numbers == 0;
		row.nulls[Anum_pg_statistic_stavalues1 + i - 1] = slot.values == 0;
	}
	return heap_form_tuple(catalog, row.values, row.nulls);
}

bool are_there(const StatisticsRows& wanted, Relation catalog)
{
	bool there = true;
	each_with_stored(wanted, catalog, [&](const StatisticsRow& row, HeapTuple stored) {
		there =
		    there && stored != nullptr && are_alike(row.tuple, stored, RelationGetDescr(catalog));
	});
	return there;
}

bool store(const StatisticsRows& wanted, Relation catalog, CatalogIndexState indexes)
{
	Relation table = try_relation_open(wanted.rows->column.table, NoLock);
	if (table == nullptr)
		return false;
	bool all = true;
	each_with_stored(wanted, catalog, [&](const StatisticsRow& row, HeapTuple stored) {
		if (!still_stands(row.column, RelationGetDescr(table)))
			all = false;
		else if (stored == nullptr)
			CatalogTupleInsertWithInfo(catalog, row.tuple, indexes);
		else if (!are_alike(row.tuple, stored, RelationGetDescr(catalog)))
			CatalogTupleUpdateWithInfo(catalog, &stored->t_self, row.tuple, indexes);
	});
	relation_close(table, NoLock);
	return all;
}

} // namespace datalinks::pg
