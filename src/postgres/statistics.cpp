/*
 * The planner's statistics: see statistics.hpp. Rows are made as update_attstats() makes them.
 */
#include "postgres/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "postgres/guard.hpp"
#include "postgres/scope.hpp"

#include "postgres/statistics_values.hpp"

namespace datalinks::pg
{

namespace
{

/* A row of pg_statistic: server memory. */
struct StatisticsRow
{
	Datum values[Natts_pg_statistic];
	bool nulls[Natts_pg_statistic];
};

StatisticsRow row_of(const StatisticsColumn& column, const ColumnStatistics& statistics,
                     const StatisticsSlots& slots)
{
	StatisticsRow row{};
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
	return row;
}

HeapTuple find_row(const StatisticsColumn& column)
{
	return SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(column.table),
	                       Int16GetDatum(static_cast<int16>(column.number)), BoolGetDatum(false));
}

bool is_there(const StatisticsColumn& column, const StatisticsRow& row, TupleDesc descriptor)
{
	HeapTuple found = find_row(column);
	if (!HeapTupleIsValid(found))
		return false;
	StatisticsRow old{};
	heap_deform_tuple(found, descriptor, old.values, old.nulls);
	bool same = true;
	for (int i = 0; same && i < Natts_pg_statistic; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		same = old.nulls[i] == row.nulls[i] &&
		       (old.nulls[i] || datum_image_eq(old.values[i], row.values[i], attribute->attbyval,
		                                       attribute->attlen));
	}
	ReleaseSysCache(found);
	return same;
}

void store(const StatisticsColumn& column, const StatisticsRow& row, Relation catalog)
{
	auto* values = const_cast<Datum*>(row.values);
	auto* nulls = const_cast<bool*>(row.nulls);
	HeapTuple made = heap_form_tuple(RelationGetDescr(catalog), values, nulls);
	HeapTuple old = find_row(column);
	if (HeapTupleIsValid(old))
	{
		made->t_self = old->t_self;
		CatalogTupleUpdate(catalog, &made->t_self, made);
		ReleaseSysCache(old);
	}
	else
		CatalogTupleInsert(catalog, made);
}

/* Under the lock the column may be gone, or another. */
bool still_stands(const StatisticsColumn& column)
{
	HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(column.table),
	                                  Int16GetDatum(static_cast<int16>(column.number)));
	if (!HeapTupleIsValid(tuple))
		return false;
	const auto* form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
	const bool stands = form->atttypid == column.type && form->attcollation == column.collation;
	ReleaseSysCache(tuple);
	return stands;
}

/*
 * GRANT changes a table's row without a lock of the table. Whoever comes second fails: not we. What
 * this transaction made is nobody else's yet.
 */
bool can_update(Relation catalog, HeapTuple tuple)
{
	if (TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)))
		return true;
	HeapTupleData locked{};
	locked.t_self = tuple->t_self;
	Buffer buffer = InvalidBuffer;
	TM_FailureData failure;
	const TM_Result result =
	    heap_lock_tuple(catalog, &locked, GetCurrentCommandId(true), LockTupleNoKeyExclusive,
	                    LockWaitSkip, false, &buffer, &failure);
	if (BufferIsValid(buffer))
		ReleaseBuffer(buffer);
	return result == TM_Ok;
}

HeapTuple copy_table_row(Oid table)
{
	HeapTuple tuple = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(table));
	if (!HeapTupleIsValid(tuple) ||
	    reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relkind != RELKIND_FOREIGN_TABLE)
		return nullptr;
	return tuple;
}

bool has_size(HeapTuple tuple, float4 rows, int32 pages)
{
	const auto* form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
	return form->reltuples == rows && form->relpages == pages;
}

bool store_size(Oid table, float4 rows, int32 pages)
{
	HeapTuple tuple = copy_table_row(table);
	if (tuple == nullptr)
		return false;
	Relation catalog = table_open(RelationRelationId, RowExclusiveLock);
	const bool free = can_update(catalog, tuple);
	if (free)
	{
		auto* form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
		form->reltuples = rows;
		form->relpages = pages;
		CatalogTupleUpdate(catalog, &tuple->t_self, tuple);
	}
	table_close(catalog, RowExclusiveLock);
	return free;
}

/* Values of these go through functions that superusers made, and nobody else's. */
bool is_plain(Oid type)
{
	const char kind = get_typtype(type);
	return kind == TYPTYPE_BASE || kind == TYPTYPE_ENUM;
}

} // namespace

StatisticsWriter::StatisticsWriter(long most_locks) : locks_left_(most_locks)
{
	call([&] {
		memory_ = AllocSetContextCreate(CurrentMemoryContext, "data link statistics",
		                                ALLOCSET_DEFAULT_SIZES);
		scratch_ =
		    AllocSetContextCreate(memory_, "data link column statistics", ALLOCSET_DEFAULT_SIZES);
	});
}

bool StatisticsWriter::lock(unsigned table)
{
	const auto [entry, is_new] = locked_.try_emplace(table, false);
	if (is_new && locks_left_ > 0)
	{
		--locks_left_;
		entry->second =
		    call([&] { return ConditionalLockRelationOid(table, ShareUpdateExclusiveLock); });
	}
	return entry->second;
}

bool StatisticsWriter::write_size(unsigned table, double rows, double pages)
{
	const auto tuples = static_cast<float4>(rows);
	const auto blocks =
	    static_cast<int32>(std::min(pages, static_cast<double>(std::numeric_limits<int32>::max())));
	MemoryContextReset(scratch_);
	const bool there = call([&] {
		MemoryContext before = MemoryContextSwitchTo(scratch_);
		HeapTuple tuple = copy_table_row(table);
		MemoryContextSwitchTo(before);
		return tuple != nullptr && has_size(tuple, tuples, blocks);
	});
	if (there)
		return true;
	return lock(table) && call([&] {
		       MemoryContext before = MemoryContextSwitchTo(scratch_);
		       const bool stored = store_size(table, tuples, blocks);
		       MemoryContextSwitchTo(before);
		       return stored;
	       });
}

ValueKind* StatisticsWriter::kind_of(unsigned type, unsigned collation)
{
	const auto [entry, is_new] = kinds_.try_emplace({type, collation}, nullptr);
	if (is_new)
		entry->second = call([&] {
			auto* kind = static_cast<ValueKind*>(MemoryContextAlloc(memory_, sizeof(ValueKind)));
			look_up(kind, type, collation, memory_);
			return kind;
		});
	return entry->second;
}

ColumnKinds StatisticsWriter::kinds_of(const StatisticsColumn& column)
{
	if (column.type == TSVECTOROID)
		return {kind_of(column.type, column.collation), kind_of(TEXTOID, DEFAULT_COLLATION_OID)};
	const Oid element = call([&] { return get_element_type(column.type); });
	if (!call([&] { return is_plain(OidIsValid(element) ? element : column.type); }))
		return {nullptr, nullptr};
	if (!OidIsValid(element))
		return {kind_of(column.type, column.collation), nullptr};
	/* The planner looks for elements by their type's own collation. */
	return {kind_of(column.type, column.collation),
	        kind_of(element, call([&] { return get_typcollation(element); }))};
}

bool StatisticsWriter::write_column(const StatisticsColumn& column,
                                    const ColumnStatistics& statistics)
{
	MemoryContextReset(scratch_);
	StatisticsRow row{};
	try
	{
		Subtransaction subtransaction;
		const ColumnKinds kinds = kinds_of(column);
		call([&] {
			MemoryContext before = MemoryContextSwitchTo(scratch_);
			row = row_of(column, statistics, make_slots(statistics, kinds, column.collation));
			MemoryContextSwitchTo(before);
		});
		subtransaction.commit();
	}
	catch (...)
	{
		/* A function that raised may have left its state half made. */
		kinds_.clear();
		throw;
	}
	const auto is_written = [&] {
		MemoryContext before = MemoryContextSwitchTo(scratch_);
		Relation catalog = table_open(StatisticRelationId, AccessShareLock);
		const bool there = is_there(column, row, RelationGetDescr(catalog));
		table_close(catalog, AccessShareLock);
		MemoryContextSwitchTo(before);
		return there;
	};
	if (call(is_written))
		return true;
	if (!lock(column.table))
		return false;
	return call([&] {
		if (!still_stands(column))
			return false;
		MemoryContext before = MemoryContextSwitchTo(scratch_);
		Relation catalog = table_open(StatisticRelationId, RowExclusiveLock);
		store(column, row, catalog);
		table_close(catalog, RowExclusiveLock);
		MemoryContextSwitchTo(before);
		return true;
	});
}

void StatisticsWriter::finish()
{
	call([&] {
		CommandCounterIncrement();
		MemoryContextDelete(memory_);
	});
}

} // namespace datalinks::pg
