/*
 * Scans of our own: their rows. See read.hpp.
 */
#include <cstring>

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/read.hpp"
#include "fdw/read_state.hpp"

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
	if (number > 0 && number <= list_length(entry->eref->colnames))
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

/* As heap_form_tuple leaves the fields that the executor reads as a stored tuple's. */
void store_tuple(TupleTableSlot* slot, ItemPointer ctid)
{
	HeapTuple tuple =
	    heap_form_tuple(slot->tts_tupleDescriptor, slot->tts_values, slot->tts_isnull);
	if (ctid != nullptr)
		tuple->t_self = tuple->t_data->t_ctid = *ctid;
	HeapTupleHeaderSetXmax(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetXmin(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetCmin(tuple->t_data, InvalidTransactionId);
	ExecStoreHeapTuple(tuple, slot, false);
}

/* The scan's current row into the slot. Server code. */
TupleTableSlot* store_row(ForeignScanState* node)
{
	Read& read = read_of(node);
	const executor::Scan& scan = *read.scan;
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
		store_tuple(slot, ctid);
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

TupleTableSlot* read_elsewhere(ForeignScanState* node)
{
	hand_over(node);
	return node->fdwroutine->IterateForeignScan(node);
}

} // namespace

TupleTableSlot* next_row(ForeignScanState* node)
{
	executor::Scan& scan = *read_of(node).scan;
	if (scan.next())
		return store_row(node);
	return ExecClearTuple(node->ss.ss_ScanTupleSlot);
}

TupleTableSlot* iterate_read(ForeignScanState* node)
{
	bool ours = true;
	TupleTableSlot* slot = pg::entry([&]() -> TupleTableSlot* {
		executor::Scan& scan = *read_of(node).scan;
		if (!scan.is_open() && !start_read(node))
		{
			ours = false;
			return nullptr;
		}
		if (node->ss.ps.async_capable && !scan.is_ready())
			return ExecClearTuple(node->ss.ss_ScanTupleSlot);
		try
		{
			return next_row(node);
		}
		catch (const pg::Failure& failure)
		{
			if (reads_only(failure) || !scan.give_up())
				throw;
			ours = false;
			return nullptr;
		}
	});
	return ours ? slot : read_elsewhere(node);
}

namespace
{

/* Runs f, and hands the request on to postgres_fdw where the scan had to be handed over. */
bool begin_request(AsyncRequest* request)
{
	auto* node = reinterpret_cast<ForeignScanState*>(request->requestee);
	const bool started = pg::entry([&] {
		executor::Scan& scan = *read_of(node).scan;
		if (!scan.is_open() && !start_read(node))
			return false;
		scan.request();
		return true;
	});
	if (!started)
		hand_over(node);
	return started;
}

/* One tuple for the append, or its end, or word that it must wait. */
void produce(AsyncRequest* request)
{
	auto* node = reinterpret_cast<ForeignScanState*>(request->requestee);
	const auto is_ready = [&] { return read_of(node).scan->is_ready(); };
	while (pg::entry(is_ready))
	{
		/* A slot may be empty because the rows that had come were filtered out. */
		TupleTableSlot* slot = request->requestee->ExecProcNodeReal(request->requestee);
		if (!reads_for(node))
		{
			postgres_fdw().ForeignAsyncRequest(request);
			return;
		}
		if (!TupIsNull(slot) || pg::entry([&] { return read_of(node).scan->is_at_end(); }))
		{
			ExecAsyncRequestDone(request, TupIsNull(slot) ? nullptr : slot);
			return;
		}
	}
	ExecAsyncRequestPending(request);
	pg::entry([&] { read_of(node).scan->request(); });
}

} // namespace

void request_async_read(AsyncRequest* request)
{
	if (begin_request(request))
		produce(request);
	else
		postgres_fdw().ForeignAsyncRequest(request);
}

/*
 * Rows that are here already come with the notification, too: a scan that would have to be handed
 * over now would disturb postgres_fdw, which is being asked for its own sockets. Nor is anything
 * read: a scan that shares the session may wait for just that.
 */
void configure_async_read(AsyncRequest* request)
{
	Read& read = read_of(reinterpret_cast<ForeignScanState*>(request->requestee));
	pg::entry([&] { read.renew_own_socket(); });
	auto* append = castNode(AppendState, request->requestor);
	AddWaitEventToSet(append->as_eventset, WL_SOCKET_READABLE, read.own_socket, nullptr, request);
}

void notify_async_read(AsyncRequest* request)
{
	auto* node = reinterpret_cast<ForeignScanState*>(request->requestee);
	pg::entry([&] { read_of(node).scan->receive(); });
	produce(request);
}

} // namespace datalinks::fdw
