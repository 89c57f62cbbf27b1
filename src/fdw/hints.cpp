/*
 * Friendlier errors: whatever runs on the remote for a statement is watched by an error callback,
 * which costs a row nothing to speak of, and puts the hint that mends it on an error.
 */
#include <type_traits>

#include "executor/pool.hpp"
#include "executor/transaction.hpp"
#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/hints.hpp"
#include "fdw/read.hpp"
#include "fdw/read_state.hpp"
#include "fdw/row_locks.hpp"

namespace datalinks::fdw
{

namespace
{

/* What the hints name; asked for beforehand, because an error must not ask the catalogs. */
struct Watch
{
	const char* link; /* the schema's name; nullptr when there is none */
	const char* server;
	bool owner_is_mapped;
};

/* A routine for one node or relation alone, and what it watches for. */
struct WatchingRoutine
{
	FdwRoutine routine; /* first: the server sees only this */
	Watch watch;
	const FdwRoutine* reader; /* of a scan: whose callbacks are watched */
};

/* Our own reading, in the places where postgres_fdw's stands. Plain data. */
FdwRoutine own_reading;

const FdwRoutine* reading_of_ours()
{
	own_reading.IterateForeignScan = iterate_read;
	own_reading.ReScanForeignScan = rescan_read;
	own_reading.EndForeignScan = end_read;
	own_reading.ExplainForeignScan = explain_read;
	own_reading.ForeignAsyncRequest = request_async_read;
	own_reading.ForeignAsyncConfigureWait = configure_async_read;
	own_reading.ForeignAsyncNotify = notify_async_read;
	return &own_reading;
}

/* The foreign table that is scanned; of a join, its first. */
Oid table_of(const ForeignScanState* node)
{
	if (node->ss.ss_currentRelation != nullptr)
		return RelationGetRelid(node->ss.ss_currentRelation);
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	const int first = bms_next_member(plan->fs_relids, -1);
	return first < 0 ? InvalidOid
	                 : exec_rt_fetch(static_cast<Index>(first), node->ss.ps.state)->relid;
}

Oid server_of(const ForeignScanState* node)
{
	return reinterpret_cast<const ForeignScan*>(node->ss.ps.plan)->fs_server;
}

Oid server_of(const ResultRelInfo* relation)
{
	return GetForeignServerIdByRelId(RelationGetRelid(relation->ri_RelationDesc));
}

Watch watch_of(Oid table, Oid server)
{
	const ForeignServer* found = GetForeignServer(server);
	const bool mapped = SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(found->owner),
	                                          ObjectIdGetDatum(server)) ||
	                    SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
	                                          ObjectIdGetDatum(server));
	return {OidIsValid(table) ? get_namespace_name(get_rel_namespace(table)) : nullptr,
	        found->servername, mapped};
}

Watch watch_of(Oid table)
{
	return watch_of(table, GetForeignServerIdByRelId(table));
}

/* Whether the message is the server's own of this beginning, in whatever language it is shown. */
bool is_message(const char* beginning)
{
	MemoryContext before = MemoryContextSwitchTo(TopTransactionContext);
	ErrorData* error = CopyErrorData();
	MemoryContextSwitchTo(before);
	const bool found = error->message_id != nullptr &&
	                   strncmp(error->message_id, beginning, strlen(beginning)) == 0;
	FreeErrorData(error);
	return found;
}

bool is_drift(int code)
{
	return code == pg::sqlstate::undefined_table || code == pg::sqlstate::undefined_column ||
	       code == pg::sqlstate::undefined_function ||
	       (code == pg::sqlstate::invalid_text_representation &&
	        is_message("invalid input value for enum"));
}

void hint_at_mapping(const Watch* watch)
{
	if (watch->owner_is_mapped || watch->link == nullptr)
		errhint("The owner of the link can make one: CREATE USER MAPPING FOR that role SERVER %s "
		        "OPTIONS (user '...', password '...').",
		        quote_identifier(watch->server));
	else
		errhint("The data link is invalid: its owner has no user mapping. Use "
		        "datalink_set_remote(%s, url).",
		        quote_literal_cstr(watch->link));
}

/* The server calls it while it raises an error, or less. */
void add_hint(void* argument)
{
	const auto* watch = static_cast<const Watch*>(argument);
	const int code = geterrcode();
	if (code == pg::sqlstate::undefined_object && is_message("user mapping not found"))
		hint_at_mapping(watch);
	else if (watch->link != nullptr && is_drift(code))
		errhint("The remote may have changed: see datalink_diff(%s).",
		        quote_literal_cstr(watch->link));
}

/* Runs server code; an error in it gets its hint, and takes the callback away again. */
template <typename Body>
auto watched(const Watch& watch, Body body)
{
	ErrorContextCallback callback{error_context_stack, add_hint, const_cast<Watch*>(&watch)};
	error_context_stack = &callback;
	if constexpr (std::is_void_v<decltype(body())>)
	{
		body();
		error_context_stack = callback.previous;
	}
	else
	{
		auto result = body();
		error_context_stack = callback.previous;
		return result;
	}
}

WatchingRoutine* watching_routine(EState* state, const FdwRoutine* from, const Watch& watch)
{
	auto* own = static_cast<WatchingRoutine*>(
	    MemoryContextAlloc(state->es_query_cxt, sizeof(WatchingRoutine)));
	own->routine = *from;
	own->watch = watch;
	own->reader = &postgres_fdw();
	return own;
}

const Watch& watch_of(const ForeignScanState* node)
{
	return reinterpret_cast<const WatchingRoutine*>(node->fdwroutine)->watch;
}

const FdwRoutine& reader_of(const ForeignScanState* node)
{
	return *reinterpret_cast<const WatchingRoutine*>(node->fdwroutine)->reader;
}

/* Who reads for the node, from its first row on. */
void set_reader(ForeignScanState* node, const FdwRoutine* reader)
{
	auto* own = reinterpret_cast<WatchingRoutine*>(node->fdwroutine);
	own->reader = reader;
	own->routine.ReScanForeignScan = reader->ReScanForeignScan;
	own->routine.EndForeignScan = reader->EndForeignScan;
	own->routine.ExplainForeignScan = reader->ExplainForeignScan;
}

const Watch& watch_of(const ResultRelInfo* relation)
{
	return reinterpret_cast<const WatchingRoutine*>(relation->ri_FdwRoutine)->watch;
}

TupleTableSlot* iterate(ForeignScanState* node)
{
	return watched(watch_of(node), [&] { return reader_of(node).IterateForeignScan(node); });
}

void request_async(AsyncRequest* request)
{
	const auto* node = reinterpret_cast<const ForeignScanState*>(request->requestee);
	watched(watch_of(node), [&] { reader_of(node).ForeignAsyncRequest(request); });
}

void configure_async_wait(AsyncRequest* request)
{
	const auto* node = reinterpret_cast<const ForeignScanState*>(request->requestee);
	watched(watch_of(node), [&] { reader_of(node).ForeignAsyncConfigureWait(request); });
}

void notify_async(AsyncRequest* request)
{
	const auto* node = reinterpret_cast<const ForeignScanState*>(request->requestee);
	watched(watch_of(node), [&] { reader_of(node).ForeignAsyncNotify(request); });
}

TupleTableSlot* iterate_modify(ForeignScanState* node)
{
	return watched(watch_of(node), [&] { return postgres_fdw().IterateDirectModify(node); });
}

TupleTableSlot* insert_row(EState* state, ResultRelInfo* relation, TupleTableSlot* slot,
                           TupleTableSlot* plan_slot)
{
	return watched(watch_of(relation), [&] {
		return postgres_fdw().ExecForeignInsert(state, relation, slot, plan_slot);
	});
}

TupleTableSlot** insert_rows(EState* state, ResultRelInfo* relation, TupleTableSlot** slots,
                             TupleTableSlot** plan_slots, int* count)
{
	return watched(watch_of(relation), [&] {
		return postgres_fdw().ExecForeignBatchInsert(state, relation, slots, plan_slots, count);
	});
}

TupleTableSlot* update_row(EState* state, ResultRelInfo* relation, TupleTableSlot* slot,
                           TupleTableSlot* plan_slot)
{
	return watched(watch_of(relation), [&] {
		return postgres_fdw().ExecForeignUpdate(state, relation, slot, plan_slot);
	});
}

TupleTableSlot* delete_row(EState* state, ResultRelInfo* relation, TupleTableSlot* slot,
                           TupleTableSlot* plan_slot)
{
	return watched(watch_of(relation), [&] {
		return postgres_fdw().ExecForeignDelete(state, relation, slot, plan_slot);
	});
}

/* postgres_fdw's function that takes ANALYZE's sample; always the same. */
AcquireSampleRowsFunc sample_rows = nullptr;

int acquire_sample_rows(Relation relation, int level, HeapTuple* rows, int wanted, double* total,
                        double* dead)
{
	return watched(watch_of(RelationGetRelid(relation)),
	               [&] { return sample_rows(relation, level, rows, wanted, total, dead); });
}

} // namespace

FdwRoutine* own_routine(EState* state, ResultRelInfo* relation)
{
	auto* own = watching_routine(state, relation->ri_FdwRoutine,
	                             watch_of(RelationGetRelid(relation->ri_RelationDesc)));
	relation->ri_FdwRoutine = &own->routine;
	own->routine.ExecForeignInsert = insert_row;
	own->routine.ExecForeignBatchInsert = insert_rows;
	own->routine.ExecForeignUpdate = update_row;
	own->routine.ExecForeignDelete = delete_row;
	return &own->routine;
}

void get_foreign_rel_size(PlannerInfo* root, RelOptInfo* relation, Oid table)
{
	watched(watch_of(table), [&] { postgres_fdw().GetForeignRelSize(root, relation, table); });
}

void begin_foreign_scan(ForeignScanState* node, int flags)
{
	const Watch watch = watch_of(table_of(node), server_of(node));
	if (!(flags & EXEC_FLAG_EXPLAIN_ONLY))
		refuse_wait_policy(node);
	auto* own = watching_routine(node->ss.ps.state, node->fdwroutine, watch);
	own->routine.IterateForeignScan = iterate;
	own->routine.ForeignAsyncRequest = request_async;
	own->routine.ForeignAsyncConfigureWait = configure_async_wait;
	own->routine.ForeignAsyncNotify = notify_async;
	node->fdwroutine = &own->routine;
	if (watched(watch, [&] { return begin_read(node, flags); }))
		set_reader(node, reading_of_ours());
	else
		watched(watch, [&] { postgres_fdw().BeginForeignScan(node, flags); });
}

bool reads_for(const ForeignScanState* node)
{
	return &reader_of(node) == &own_reading;
}

void hand_over(ForeignScanState* node)
{
	pg::entry([&] {
		read_of(node).scan->finish();
		read_of(node).scan.reset();
	});
	node->fdw_state = nullptr;
	set_reader(node, &postgres_fdw());
	/* It keeps its state where it begins: not with the row that is being made just now. */
	MemoryContext before = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	postgres_fdw().BeginForeignScan(node, 0);
	MemoryContextSwitchTo(before);
}

void begin_direct_modify(ForeignScanState* node, int flags)
{
	const Watch watch = watch_of(table_of(node), server_of(node));
	if (!(flags & EXEC_FLAG_EXPLAIN_ONLY))
		executor::note_write(server_of(node));
	watched(watch, [&] { postgres_fdw().BeginDirectModify(node, flags); });
	auto* own = watching_routine(node->ss.ps.state, node->fdwroutine, watch);
	own->routine.IterateDirectModify = iterate_modify;
	node->fdwroutine = &own->routine;
}

void begin_hinted_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                         int subplan_index, int flags)
{
	if (!(flags & EXEC_FLAG_EXPLAIN_ONLY))
		executor::note_write(server_of(relation));
	watched(watch_of(relation), [&] {
		postgres_fdw().BeginForeignModify(state, relation, fdw_private, subplan_index, flags);
	});
}

void begin_hinted_insert(ModifyTableState* state, ResultRelInfo* relation)
{
	executor::note_write(server_of(relation));
	watched(watch_of(relation), [&] { postgres_fdw().BeginForeignInsert(state, relation); });
}

namespace
{

/* It would wait for a lock of our own session there, and nobody could see that. */
void refuse_while_reading(Oid server)
{
	executor::note_write(server);
	if (executor::is_reading(server))
		pg::entry([] {
			throw pg::Failure(pg::sqlstate::object_in_use,
			                  "cannot truncate a table of a data link that is being read")
			    .detail("A query or cursor of this session has rows of the link still to read.")
			    .hint("Close it first.");
		});
}

} // namespace

bool analyze_foreign_table(Relation relation, AcquireSampleRowsFunc* function, BlockNumber* pages)
{
	const bool can = watched(watch_of(RelationGetRelid(relation)), [&] {
		return postgres_fdw().AnalyzeForeignTable(relation, function, pages);
	});
	sample_rows = *function;
	*function = acquire_sample_rows;
	return can;
}

void exec_foreign_truncate(List* relations, DropBehavior behavior, bool restart)
{
	const auto* first = static_cast<const RelationData*>(linitial(relations));
	refuse_while_reading(GetForeignServerIdByRelId(RelationGetRelid(first)));
	watched(watch_of(RelationGetRelid(first)),
	        [&] { postgres_fdw().ExecForeignTruncate(relations, behavior, restart); });
}

} // namespace datalinks::fdw
