/*
 * Scans of our own: see read.hpp.
 */
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

#include "executor/transaction.hpp"
#include "postgres/memory.hpp"
#include "postgres/nodes.hpp"

#include "fdw/outer_rows.hpp"
#include "fdw/read.hpp"
#include "fdw/read_state.hpp"
#include "fdw/row_locks.hpp"
#include "fdw/unreachable.hpp"
#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

namespace
{

/* The places in postgres_fdw's private list of a scan, in 15 to 18. */
enum PrivateScan
{
	private_sql,
	private_attributes,
	private_fetch_size
};

bool has_known_shape(const List* plan)
{
	return list_length(plan) >= 3 && IsA(list_nth(plan, private_sql), String) &&
	       (list_nth(plan, private_attributes) == nullptr ||
	        IsA(list_nth(plan, private_attributes), IntList)) &&
	       IsA(list_nth(plan, private_fetch_size), Integer);
}

/* Whether the statement changes or locks the rows that the node reads. Server code. */
bool locks_rows(const ForeignScanState* node)
{
	const PlannedStmt* plan = node->ss.ps.state->es_plannedstmt;
	const ListCell* cell;
	foreach (cell, plan->resultRelations)
		if (is_scanned(node, static_cast<Index>(lfirst_int(cell))))
			return true;
	foreach (cell, plan->rowMarks)
	{
		const auto* mark = static_cast<const PlanRowMark*>(lfirst(cell));
		if (mark->strength != LCS_NONE && is_scanned(node, mark->rti))
			return true;
	}
	return false;
}

bool must_read_within(const executor::Route& route)
{
	const executor::Transaction* transaction = executor::find_transaction(route);
	return IsolationUsesXactSnapshot() || (transaction != nullptr && transaction->has_written());
}

/*
 * Whether the scan is all that the statement reads from, and reads once: what stands above it has
 * but one source each.
 */
bool is_only_source(const ForeignScanState* node)
{
	const Plan* plan = node->ss.ps.state->es_plannedstmt->planTree;
	if (node->ss.ps.state->es_plannedstmt->subplans != NIL)
		return false;
	for (; plan != nullptr && plan != node->ss.ps.plan; plan = outerPlan(plan))
		if (innerPlan(plan) != nullptr || IsA(plan, Limit))
			return false;
	return plan != nullptr;
}

/* A cursor costs the remote more, and can be left where it is, read again, and read in pieces. */
executor::Way way_of(const ForeignScanState* node, int flags)
{
	constexpr double few = 100;
	constexpr int again = EXEC_FLAG_REWIND | EXEC_FLAG_BACKWARD | EXEC_FLAG_MARK;
	return (flags & again) == 0 && node->ss.ps.plan->plan_rows <= few &&
	               !node->ss.ps.async_capable && is_only_source(node)
	           ? executor::Way::single
	           : executor::Way::cursor;
}

void set_up(ForeignScanState* node, int flags)
{
	auto* plan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
	EState* state = node->ss.ps.state;
	if (!has_known_shape(plan->fdw_private))
		throw pg::Failure(pg::sqlstate::internal_error,
		                  "postgres_fdw's plan of a scan is not as expected");
	const auto* attributes =
	    static_cast<const List*>(list_nth(plan->fdw_private, private_attributes));
	const executor::Route route = route_of(node);
	show_rows(state, route);
	const bool locks = pg::call([&] { return locks_rows(node); });
	if (locks)
		executor::require_writable(route);
	Read* read = pg::make_in<Read>(state->es_query_cxt);
	node->fdw_state = read;
	TupleDesc rows = pg::call([&] { return scanned_rows(node); });
	const auto types = executor::types_to_read(rows, attributes);
	const bool within = locks || must_read_within(route);
	const bool by_keys = pg::call(
	    [&] { return has_inner_parameter(reinterpret_cast<Node*>(plan->fdw_exprs), nullptr); });
	const bool fixed = !locks && !by_keys;
	auto group = executor::Group::of(state, route, within);
	read->within = within;
	read->locks = locks;
	read->locks_exactly = locks && has_wait_policy(node);
	read->server = plan->fs_server;
	read->may_skip = !within && !locks && pg::call([&] { return may_skip(node); });
	if (read->locks_exactly)
		refuse_dropped_locks(node);
	read->scan.emplace(std::move(group), strVal(list_nth(plan->fdw_private, private_sql)), types,
	                   way_of(node, flags), fixed, node->ss.ps.plan->plan_width);
	pg::call([&] {
		MemoryContext before = MemoryContextSwitchTo(state->es_query_cxt);
		read->watch = watch_of(table_of(node), plan->fs_server);
		read->decoder = executor::make_decoder(rows, attributes, !types.empty());
		read->as_tuple =
		    plan->fsSystemCol || list_member_int(attributes, SelfItemPointerAttributeNumber);
		read->row_memory =
		    AllocSetContextCreate(state->es_query_cxt, "data link row", ALLOCSET_DEFAULT_SIZES);
		read->parameters = make_parameters(plan->fdw_exprs, &node->ss.ps);
		MemoryContextSwitchTo(before);
	});
	if (by_keys)
		note_scan_by_keys(state);
	if (within && fixed)
		read->scan->set_parameters(texts_of(read->parameters, node->ss.ps.ps_ExprContext));
}

} // namespace

executor::Route route_of(ForeignScanState* node)
{
	const Oid server = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan)->fs_server;
	return executor::route_to(server, pg::call([&] { return pg::scanning_user(node); }));
}

Oid table_of(const ForeignScanState* node)
{
	if (node->ss.ss_currentRelation != nullptr)
		return RelationGetRelid(node->ss.ss_currentRelation);
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	const int first = bms_next_member(plan->fs_relids, -1);
	return first < 0 ? InvalidOid
	                 : exec_rt_fetch(static_cast<Index>(first), node->ss.ps.state)->relid;
}

TupleDesc scanned_rows(const ForeignScanState* node)
{
	TupleDesc rows = CreateTupleDescCopy(node->ss.ss_ScanTupleSlot->tts_tupleDescriptor);
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	const ListCell* cell;
	foreach (cell, plan->fdw_scan_tlist)
	{
		FormData_pg_attribute* attribute = TupleDescAttr(rows, foreach_current_index(cell));
		const auto* var =
		    reinterpret_cast<const Var*>(static_cast<const TargetEntry*>(lfirst(cell))->expr);
		if (attribute->atttypid != RECORDOID || !IsA(var, Var) || var->varattno != 0)
			continue;
		const RangeTblEntry* entry =
		    exec_rt_fetch(static_cast<Index>(var->varno), node->ss.ps.state);
		if (entry->rtekind == RTE_RELATION)
			attribute->atttypid = get_rel_type_id(entry->relid);
	}
	return rows;
}

bool is_running_read(const PlanState* state)
{
	if (!IsA(state, ForeignScanState))
		return false;
	const auto* node = reinterpret_cast<const ForeignScanState*>(state);
	const auto* plan = reinterpret_cast<const ForeignScan*>(state->plan);
	return plan->operation == CMD_SELECT && node->fdw_state != nullptr &&
	       node->fdwroutine->BeginForeignScan == begin_foreign_scan;
}

Read::~Read()
{
	if (own_socket >= 0)
		close(own_socket);
}

void Read::renew_own_socket()
{
	if (own_socket >= 0)
		close(own_socket);
	own_socket = is_ready() ? eventfd(1, EFD_CLOEXEC) : dup(scan->socket());
	if (own_socket < 0)
		throw pg::Failure(pg::sqlstate::insufficient_resources,
		                  "too many open files to wait for a data link");
}

void begin_foreign_scan(ForeignScanState* node, int flags)
{
	if (flags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	const Oid server = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan)->fs_server;
	const Watch watch = watch_of(table_of(node), server);
	watched(watch, [&] { pg::entry([&] { set_up(node, flags); }); });
}

void limit_locks(ForeignScanState* node)
{
	Read& read = read_of(node);
	if (read.locks_exactly)
		read.scan->fetch_only(rows_to_lock(node));
}

void start_read(ForeignScanState* node)
{
	Read& read = read_of(node);
	if (read.key > 0 && read.batch->go_to(std::exchange(read.key, 0)))
	{
		read.from_batch = true;
		return;
	}
	limit_locks(node);
	read.scan->open(texts_of(read.parameters, node->ss.ps.ps_ExprContext));
	if (read.locks)
		read.scan->note_write();
}

void rescan_foreign_scan(ForeignScanState* node)
{
	if (node->fdw_state == nullptr)
		return;
	pg::entry([&] {
		Read& read = read_of(node);
		if (read.is_open() &&
		    (read.from_batch || node->ss.ps.chgParam != nullptr || !read.scan->rewind()))
			read.leave();
	});
}

void end_foreign_scan(ForeignScanState* node)
{
	if (node->fdw_state == nullptr)
		return;
	pg::entry([&] {
		Read& read = read_of(node);
		if (read.batch)
			read.batch->scan().finish();
		if (read.scan)
			read.scan->finish();
		read.batch.reset();
		read.scan.reset();
	});
}

} // namespace datalinks::fdw
