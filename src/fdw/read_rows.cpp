/*
 * Scans of our own: their rows. See read.hpp.
 */
#include <cstring>

#include "postgres/guard.hpp"

#include "fdw/read.hpp"
#include "fdw/read_state.hpp"
#include "fdw/unreachable.hpp"

namespace datalinks::fdw
{

namespace
{

/* The name of the attribute that is being decoded, for people: of a join, the joined table's. */
void tell_column(const ForeignScanState* node, AttrNumber number)
{
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	auto relation = static_cast<int>(plan->scan.scanrelid);
	if (relation == 0)
	{
		const auto* entry =
		    static_cast<const TargetEntry*>(list_nth(plan->fdw_scan_tlist, number - 1));
		if (!IsA(entry->expr, Var))
		{
			errcontext("processing expression at position %d in select list", number);
			return;
		}
		relation = static_cast<int>(reinterpret_cast<const Var*>(entry->expr)->varno);
		number = reinterpret_cast<const Var*>(entry->expr)->varattno;
	}
	const RangeTblEntry* entry = exec_rt_fetch(static_cast<Index>(relation), node->ss.ps.state);
	if (number == 0)
		errcontext("whole-row reference to foreign table \"%s\"", entry->eref->aliasname);
	else if (number > 0 && number <= list_length(entry->eref->colnames))
		errcontext("column \"%s\" of foreign table \"%s\"",
		           strVal(list_nth(entry->eref->colnames, number - 1)), entry->eref->aliasname);
}

/* The server calls it while it raises an error, or less. */
void add_column(void* argument)
{
	const auto* node = static_cast<const ForeignScanState*>(argument);
	const executor::Decoder* decoder = read_of(node).decoder;
	if (decoder->current >= 0 && decoder->columns[decoder->current].number > 0)
		tell_column(node, decoder->columns[decoder->current].number);
}

/* The scan's current row into the slot. Server code. */
TupleTableSlot* store_row(ForeignScanState* node)
{
	Read& read = read_of(node);
	const executor::Scan& scan = read.source();
	TupleTableSlot* slot = node->ss.ss_ScanTupleSlot;
	ExecClearTuple(slot);
	MemoryContextReset(read.row_memory);
	MemoryContext before = MemoryContextSwitchTo(read.row_memory);
	ErrorContextCallback callback{error_context_stack, add_column, node};
	error_context_stack = &callback;
	memset(slot->tts_isnull, true, static_cast<size_t>(slot->tts_tupleDescriptor->natts));
	/* Raised here, while the callback is still there to be asked. */
	const ItemPointer ctid = pg::entry([&] {
		return executor::decode(read.decoder, scan.rows(), scan.row(), scan.format(),
		                        slot->tts_values, slot->tts_isnull);
	});
	error_context_stack = callback.previous;
	if (read.as_tuple)
	{
		HeapTuple tuple = executor::form_tuple(slot->tts_tupleDescriptor, slot->tts_values,
		                                       slot->tts_isnull, ctid);
		/* See row_key.hpp. */
		if (OidIsValid(read.decoder->table))
			HeapTupleHeaderSetCmin(tuple->t_data, read.decoder->table);
		ExecStoreHeapTuple(tuple, slot, false);
	}
	else
		ExecStoreVirtualTuple(slot);
	MemoryContextSwitchTo(before);
	return slot;
}

/* A query that writes there, as a view with nextval() does, is for the transaction that may. */
bool reads_only(const pg::Failure& failure)
{
	return failure.code() != pg::sqlstate::read_only_transaction;
}

} // namespace

TupleTableSlot* next_row(ForeignScanState* node)
{
	if (read_of(node).next())
		return store_row(node);
	return ExecClearTuple(node->ss.ss_ScanTupleSlot);
}

namespace
{

void start_or_skip(ForeignScanState* node)
{
	Read& read = read_of(node);
	if (skip_given_up(read))
		return;
	try
	{
		start_read(node);
	}
	catch (const pg::Failure& failure)
	{
		if (!skip(read, failure))
			throw;
	}
}

TupleTableSlot* iterate(ForeignScanState* node)
{
	Read& read = read_of(node);
	if (!read.is_open())
		start_or_skip(node);
	else
		limit_locks(node);
	if (node->ss.ps.async_capable && !read.is_ready())
		return ExecClearTuple(node->ss.ss_ScanTupleSlot);
	try
	{
		return next_row(node);
	}
	catch (const pg::Failure& failure)
	{
		if (!skip(read, failure) && (reads_only(failure) || !read.scan->move_within()))
			throw;
	}
	return next_row(node);
}

/* One tuple for the append, or its end, or word that it must wait. */
void produce(AsyncRequest* request)
{
	auto* node = reinterpret_cast<ForeignScanState*>(request->requestee);
	const auto is_ready = [&] { return read_of(node).is_ready(); };
	while (pg::entry(is_ready))
	{
		/* A slot may be empty because the rows that had come were filtered out. */
		TupleTableSlot* slot = request->requestee->ExecProcNodeReal(request->requestee);
		if (!TupIsNull(slot) || pg::entry([&] { return read_of(node).is_at_end(); }))
		{
			ExecAsyncRequestDone(request, TupIsNull(slot) ? nullptr : slot);
			return;
		}
	}
	ExecAsyncRequestPending(request);
	pg::entry([&] { read_of(node).scan->request(); });
}

} // namespace

TupleTableSlot* iterate_foreign_scan(ForeignScanState* node)
{
	return watched(read_of(node).watch, [&] { return pg::entry([&] { return iterate(node); }); });
}

void request_async(AsyncRequest* request)
{
	auto* node = reinterpret_cast<ForeignScanState*>(request->requestee);
	watched(read_of(node).watch, [&] {
		pg::entry([&] {
			Read& read = read_of(node);
			if (!read.is_open())
				start_or_skip(node);
			if (!read.from_batch && !read.skipped)
				read.scan->request();
		});
		produce(request);
	});
}

/*
 * Rows that are here already come with the notification, too. Nor is anything read: a scan that
 * shares the session may wait for just that.
 */
void configure_async_wait(AsyncRequest* request)
{
	Read& read = read_of(reinterpret_cast<ForeignScanState*>(request->requestee));
	pg::entry([&] {
		if (!read.is_ready())
			read.scan->note_wait();
		read.renew_own_socket();
	});
	auto* append = castNode(AppendState, request->requestor);
	AddWaitEventToSet(append->as_eventset, WL_SOCKET_READABLE, read.own_socket, nullptr, request);
}

void notify_async(AsyncRequest* request)
{
	auto* node = reinterpret_cast<ForeignScanState*>(request->requestee);
	watched(read_of(node).watch, [&] {
		pg::entry([&] {
			if (!read_of(node).skipped)
				read_of(node).scan->receive();
		});
		produce(request);
	});
}

} // namespace datalinks::fdw
