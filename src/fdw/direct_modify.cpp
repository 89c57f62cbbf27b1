/*
 * UPDATE and DELETE that the remote runs whole: see direct_modify.hpp.
 */
#include <optional>
#include <string>

#include "executor/writer.hpp"
#include "postgres/guard.hpp"
#include "postgres/memory.hpp"

#include "executor/decoder.hpp"
#include "fdw/direct_modify.hpp"
#include "fdw/explain.hpp"
#include "fdw/hints.hpp"
#include "fdw/parameters.hpp"
#include "fdw/read.hpp"
#include "fdw/read_state.hpp"
#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

namespace
{

/* The places in postgres_fdw's private list of such a modification, in 15 to 18. */
enum PrivateDirectModify
{
	private_sql,
	private_has_returning,
	private_returned,
	private_counts
};

bool has_known_shape(const List* plan)
{
	return list_length(plan) == 4 && IsA(list_nth(plan, private_sql), String) &&
	       IsA(list_nth(plan, private_has_returning), Boolean) &&
	       IsA(list_nth(plan, private_counts), Boolean);
}

struct DirectModify
{
	Watch watch{};
	std::optional<executor::Writer> writer;
	Parameters parameters{};
	bool counts = false;                  /* its rows are the statement's count */
	executor::Decoder* decoder = nullptr; /* of the rows that come back, if they do */
	executor::Result result;              /* once it has run */
	int row = 0;
	/*
	 * Where the remote has joined tables: for each column of the changed table its place among
	 * those that come back, from 1, or 0; and that of its ctid.
	 */
	AttrNumber* places = nullptr;
	AttrNumber ctid_place = 0;
	Relation changed = nullptr;
	MemoryContext row_memory = nullptr;
};

DirectModify& modify_of(const ForeignScanState* node)
{
	return *static_cast<DirectModify*>(node->fdw_state);
}

/* Server code. */
void find_places(DirectModify& modify, const ForeignScanState* node, const List* returned)
{
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	const auto target = static_cast<int>(node->resultRelInfo->ri_RangeTableIndex);
	const auto count = static_cast<size_t>(RelationGetDescr(modify.changed)->natts);
	modify.places = static_cast<AttrNumber*>(palloc0(sizeof(AttrNumber) * (count + 1)));
	const ListCell* cell;
	foreach (cell, plan->fdw_scan_tlist)
	{
		const auto place = static_cast<AttrNumber>(foreach_current_index(cell) + 1);
		const auto* var =
		    reinterpret_cast<const Var*>(static_cast<const TargetEntry*>(lfirst(cell))->expr);
		if (!IsA(var, Var) || var->varno != target || !list_member_int(returned, place))
			continue;
		if (var->varattno == SelfItemPointerAttributeNumber)
			modify.ctid_place = place;
		else if (var->varattno > 0)
			modify.places[var->varattno - 1] = place;
	}
}

/* Server code. */
void prepare(DirectModify& modify, ForeignScanState* node, int flags, const List* returned)
{
	auto* plan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
	EState* state = node->ss.ps.state;
	const bool joined = plan->scan.scanrelid == 0;
	modify.changed =
	    joined ? ExecOpenScanRelation(state, node->resultRelInfo->ri_RangeTableIndex, flags)
	           : node->ss.ss_currentRelation;
	modify.watch = watch_of(RelationGetRelid(modify.changed));
	modify.parameters = make_parameters(plan->fdw_exprs, &node->ss.ps);
	modify.row_memory =
	    AllocSetContextCreate(state->es_query_cxt, "data link row", ALLOCSET_DEFAULT_SIZES);
	if (returned == NIL)
		return;
	modify.decoder = executor::make_decoder(scanned_rows(node), returned, false);
	if (joined)
		find_places(modify, node, returned);
}

void set_up(ForeignScanState* node, int flags)
{
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	if (!has_known_shape(plan->fdw_private))
		throw pg::Failure(pg::sqlstate::internal_error,
		                  "postgres_fdw's plan of a modification is not as expected");
	const EState* state = node->ss.ps.state;
	const auto* returned =
	    boolVal(list_nth(plan->fdw_private, private_has_returning))
	        ? static_cast<const List*>(list_nth(plan->fdw_private, private_returned))
	        : nullptr;
	const executor::Route route = route_of(node);
	show_rows(state, route);
	auto* modify = pg::make_in<DirectModify>(state->es_query_cxt);
	node->fdw_state = modify;
	modify->writer.emplace(route, strVal(list_nth(plan->fdw_private, private_sql)));
	modify->counts = boolVal(list_nth(plan->fdw_private, private_counts));
	pg::call([&] {
		MemoryContext before = MemoryContextSwitchTo(state->es_query_cxt);
		prepare(*modify, node, flags, returned);
		MemoryContextSwitchTo(before);
	});
}

/* The row that was changed, out of the joined row in the slot. Server code. */
TupleTableSlot* changed_row(const DirectModify& modify, ForeignScanState* node,
                            TupleTableSlot* slot)
{
	TupleTableSlot* changed = ExecGetReturningSlot(node->ss.ps.state, node->resultRelInfo);
	slot_getallattrs(slot);
	ExecClearTuple(changed);
	for (int i = 0; i < changed->tts_tupleDescriptor->natts; ++i)
	{
		const AttrNumber place = modify.places[i];
		changed->tts_isnull[i] = place == 0 || slot->tts_isnull[place - 1];
		changed->tts_values[i] = place == 0 ? Datum{0} : slot->tts_values[place - 1];
	}
	ExecStoreVirtualTuple(changed);
	/* System columns are read off a tuple, but for these, which are the slot's. */
	HeapTuple tuple = ExecFetchSlotHeapTuple(changed, true, nullptr);
	HeapTupleHeaderSetXmin(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetXmax(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetCmin(tuple->t_data, InvalidTransactionId);
	changed->tts_tableOid = RelationGetRelid(node->resultRelInfo->ri_RelationDesc);
	if (modify.ctid_place > 0)
		changed->tts_tid = *reinterpret_cast<ItemPointer>(
		    DatumGetPointer(slot->tts_values[modify.ctid_place - 1]));
	return changed;
}

/* The next row that came back, also where RETURNING shows. Server code. */
TupleTableSlot* next_returned(DirectModify& modify, ForeignScanState* node)
{
	TupleTableSlot* slot = node->ss.ss_ScanTupleSlot;
	TupleTableSlot* changed = slot;
	if (modify.decoder == nullptr)
		ExecStoreAllNullTuple(slot);
	else
	{
		MemoryContextReset(modify.row_memory);
		/* We are called in the memory of the row: it goes with it, and is not the slot's to free.
		 */
		ExecStoreHeapTuple(executor::decode_tuple(modify.decoder, modify.result.get(), modify.row,
		                                          executor::Format::text, modify.row_memory),
		                   slot, false);
		if (modify.places != nullptr)
			changed = changed_row(modify, node, slot);
	}
	++modify.row;
	node->resultRelInfo->ri_projectReturning->pi_exprContext->ecxt_scantuple = changed;
	return slot;
}

void run(DirectModify& modify, const ForeignScanState* node)
{
	modify.result =
	    modify.writer->send_and_wait(texts_of(modify.parameters, node->ss.ps.ps_ExprContext), 0);
}

/* Of a statement without RETURNING there is no row but the count. */
TupleTableSlot* count_rows(const DirectModify& modify, ForeignScanState* node)
{
	const auto rows = static_cast<uint64>(atol(PQcmdTuples(modify.result.get())));
	if (modify.counts)
		node->ss.ps.state->es_processed += rows;
	if (node->ss.ps.instrument != nullptr)
		node->ss.ps.instrument->tuplecount += static_cast<double>(rows);
	return pg::call([&] { return ExecClearTuple(node->ss.ss_ScanTupleSlot); });
}

/* A statement that returns no column of the remote's still returns a row for each that it changed.
 */
TupleTableSlot* iterate(ForeignScanState* node)
{
	DirectModify& modify = modify_of(node);
	const bool first = !modify.result;
	if (first)
		run(modify, node);
	if (node->resultRelInfo->ri_projectReturning == nullptr)
		return first ? count_rows(modify, node)
		             : pg::call([&] { return ExecClearTuple(node->ss.ss_ScanTupleSlot); });
	const long rows = modify.decoder != nullptr ? PQntuples(modify.result.get())
	                                            : atol(PQcmdTuples(modify.result.get()));
	if (modify.row >= rows)
		return pg::call([&] { return ExecClearTuple(node->ss.ss_ScanTupleSlot); });
	if (modify.counts)
		++node->ss.ps.state->es_processed;
	return pg::call([&] { return next_returned(modify, node); });
}

} // namespace

void begin_direct_modify(ForeignScanState* node, int flags)
{
	if (flags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	const Oid server = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan)->fs_server;
	const Watch watch = watch_of(table_of(node), server);
	watched(watch, [&] { pg::entry([&] { set_up(node, flags); }); });
}

TupleTableSlot* iterate_direct_modify(ForeignScanState* node)
{
	return watched(modify_of(node).watch, [&] { return pg::entry([&] { return iterate(node); }); });
}

const executor::Traffic& traffic_of_direct_modify(const ForeignScanState* node)
{
	return modify_of(node).writer->traffic();
}

void end_direct_modify(ForeignScanState* node)
{
	if (node->fdw_state != nullptr)
		modify_of(node).result.reset();
}

} // namespace datalinks::fdw
