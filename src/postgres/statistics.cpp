/*
 * The planner's statistics: see statistics.hpp.
 */
#include "postgres/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "postgres/guard.hpp"

#include "postgres/statistics_rows.hpp"

namespace datalinks::pg
{

namespace
{

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

/* Returns false where the table is left alone. */
bool store_size(Oid table, float4 rows, int32 pages, Relation catalog, CatalogIndexState indexes)
{
	HeapTuple tuple = copy_table_row(table);
	if (tuple == nullptr || !can_update(catalog, tuple))
		return false;
	auto* form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
	form->reltuples = rows;
	form->relpages = pages;
	CatalogTupleUpdateWithInfo(catalog, &tuple->t_self, tuple, indexes);
	return true;
}

/* Values of these go through functions that superusers made, and nobody else's. */
bool is_plain(Oid type)
{
	const char kind = get_typtype(type);
	return kind == TYPTYPE_BASE || kind == TYPTYPE_ENUM;
}

/* What waits to be written is written when it takes more memory than this. */
constexpr size_t most_waiting = size_t{4} << 20;

/* A catalog open for writing. */
struct Catalog
{
	Relation relation;
	CatalogIndexState indexes;
};

Catalog open_catalog(Oid catalog)
{
	Relation relation = table_open(catalog, RowExclusiveLock);
	return {relation, CatalogOpenIndexes(relation)};
}

void close_catalog(const Catalog& catalog)
{
	CatalogCloseIndexes(catalog.indexes);
	table_close(catalog.relation, RowExclusiveLock);
}

/* Runs server code on what is thrown away after it. */
template <typename F>
auto call_in(MemoryContext scratch, F&& f)
{
	MemoryContextReset(scratch);
	return call([&] {
		MemoryContext before = MemoryContextSwitchTo(scratch);
		const auto result = f();
		MemoryContextSwitchTo(before);
		return result;
	});
}

} // namespace

StatisticsWriter::StatisticsWriter(long most_locks) : locks_left_(most_locks)
{
	call([&] {
		memory_ = AllocSetContextCreate(CurrentMemoryContext, "data link statistics",
		                                ALLOCSET_DEFAULT_SIZES);
		scratch_ =
		    AllocSetContextCreate(memory_, "data link column statistics", ALLOCSET_DEFAULT_SIZES);
		waiting_ =
		    AllocSetContextCreate(memory_, "data link statistics rows", ALLOCSET_DEFAULT_SIZES);
	});
}

StatisticsWriter::~StatisticsWriter() = default;

bool StatisticsWriter::lock(unsigned table)
{
	const auto [entry, is_new] = locked_.try_emplace(table, false);
	if (is_new && locks_left_ > 0)
	{
		--locks_left_;
		entry->second =
		    call([&] { return ConditionalLockRelationOid(table, ShareUpdateExclusiveLock); });
	}
	if (!entry->second)
		left_alone_.insert(table);
	return entry->second;
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

void StatisticsWriter::write_size(unsigned table, double rows, double pages)
{
	constexpr double most_pages = std::numeric_limits<int32>::max();
	sizes_.push_back(
	    {table, static_cast<float4>(rows), static_cast<int32>(std::min(pages, most_pages))});
}

std::optional<std::string> StatisticsWriter::write_column(const StatisticsColumn& column,
                                                          const ColumnStatistics& statistics)
{
	if (!seen_.emplace(column.table, column.number).second)
		return std::nullopt;
	HeapTuple row = nullptr;
	try
	{
		/* One for many columns: each costs as much as there are tables in the transaction. */
		if (!reading_)
			reading_.emplace();
		const ColumnKinds kinds = kinds_of(column);
		row = call_in(scratch_, [&] {
			const StatisticsSlots slots = make_slots(statistics, kinds, column.collation);
			Relation catalog = table_open(StatisticRelationId, AccessShareLock);
			MemoryContextSwitchTo(waiting_);
			HeapTuple made = make_row(column, statistics, slots, RelationGetDescr(catalog));
			table_close(catalog, AccessShareLock);
			return made;
		});
	}
	catch (const Error& error)
	{
		/* A function that raised may have left its state half made. */
		kinds_.clear();
		reading_.reset();
		if (error.is_cancel() || error.code() == sqlstate::out_of_memory)
			throw;
		return error.what();
	}
	rows_.push_back({column, row});
	if (MemoryContextMemAllocated(waiting_, false) > most_waiting)
		write_waiting();
	return std::nullopt;
}

void StatisticsWriter::write_sizes()
{
	std::optional<Catalog> catalog;
	for (const Size& size : sizes_)
	{
		const bool there = call_in(scratch_, [&] {
			HeapTuple tuple = copy_table_row(size.table);
			return tuple != nullptr && has_size(tuple, size.rows, size.pages);
		});
		if (there || !lock(size.table))
			continue;
		if (!catalog)
			catalog = call([] { return open_catalog(RelationRelationId); });
		if (!call_in(scratch_, [&] {
			    return store_size(size.table, size.rows, size.pages, catalog->relation,
			                      catalog->indexes);
		    }))
			left_alone_.insert(size.table);
	}
	if (catalog)
		call([&] { close_catalog(*catalog); });
	sizes_.clear();
}

void StatisticsWriter::write_rows()
{
	const auto key = [](const StatisticsRow& row) {
		return std::pair(row.column.table, row.column.number);
	};
	std::sort(rows_.begin(), rows_.end(),
	          [&](const auto& a, const auto& b) { return key(a) < key(b); });
	const Catalog catalog = call([] { return open_catalog(StatisticRelationId); });
	for (auto first = rows_.begin(), end = first; first != rows_.end(); first = end)
	{
		const unsigned table = first->column.table;
		end = std::find_if(first, rows_.end(),
		                   [&](const auto& row) { return row.column.table != table; });
		const StatisticsRows rows{&*first, static_cast<size_t>(end - first)};
		const auto there = [&] { return are_there(rows, catalog.relation); };
		if ((!locked_.contains(table) && call_in(scratch_, there)) || !lock(table))
			continue;
		if (!call_in(scratch_, [&] { return store(rows, catalog.relation, catalog.indexes); }))
			left_alone_.insert(table);
	}
	call([&] { close_catalog(catalog); });
	rows_.clear();
	MemoryContextReset(waiting_);
}

void StatisticsWriter::write_waiting()
{
	if (reading_)
		reading_->commit();
	reading_.reset();
	write_sizes();
	write_rows();
}

std::set<unsigned> StatisticsWriter::finish()
{
	write_waiting();
	call([&] {
		CommandCounterIncrement();
		MemoryContextDelete(memory_);
	});
	return std::move(left_alone_);
}

} // namespace datalinks::pg
