/*
 * Scans of our own: see read.hpp.
 */
#include <sys/eventfd.h>
#include <unistd.h>

#include "executor/transaction.hpp"
#include "fdw/postgres_fdw.hpp"
#include "postgres/nodes.hpp"
#include "postgres/scope.hpp"

#include "fdw/read.hpp"
#include "fdw/read_state.hpp"

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

TupleDesc descriptor_of(const ForeignScanState* node)
{
	return node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
}

/* Whether each of the attributes is one that a row of ours can have. */
bool can_decode(const ForeignScanState* node, const List* attributes)
{
	const ListCell* cell;
	foreach (cell, attributes)
	{
		const int number = lfirst_int(cell);
		if (number < 0 && number != SelfItemPointerAttributeNumber)
			return false;
		/* A whole row of a joined table: only its table tells its columns. */
		if (number > 0 && TupleDescAttr(descriptor_of(node), number - 1)->atttypid == RECORDOID)
			return false;
	}
	return true;
}

bool is_of_server(const EState* state, Index relation, Oid server)
{
	const RangeTblEntry* entry = exec_rt_fetch(relation, const_cast<EState*>(state));
	return entry->rtekind == RTE_RELATION && entry->relkind == RELKIND_FOREIGN_TABLE &&
	       GetForeignServerIdByRelId(entry->relid) == server;
}

/* Whether the statement writes to tables of the server, or locks rows of them. */
bool statement_writes(const EState* state, Oid server)
{
	const PlannedStmt* plan = state->es_plannedstmt;
	const ListCell* cell;
	foreach (cell, plan->resultRelations)
		if (is_of_server(state, static_cast<Index>(lfirst_int(cell)), server))
			return true;
	foreach (cell, plan->rowMarks)
	{
		const auto* mark = static_cast<const PlanRowMark*>(lfirst(cell));
		if (mark->strength != LCS_NONE && is_of_server(state, mark->rti, server))
			return true;
	}
	return false;
}

bool may_read(const ForeignScanState* node, Oid server)
{
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	if (IsolationUsesXactSnapshot() || IsParallelWorker() || executor::has_written(server) ||
	    !has_known_shape(plan->fdw_private))
		return false;
	if (statement_writes(node->ss.ps.state, server))
	{
		executor::note_write(server);
		return false;
	}
	return can_decode(node,
	                  static_cast<const List*>(list_nth(plan->fdw_private, private_attributes)));
}

/* The memory of the query frees it, whatever ends the query. */
Read* make_read(MemoryContext memory)
{
	auto* callback = static_cast<MemoryContextCallback*>(
	    pg::call([&] { return MemoryContextAlloc(memory, sizeof(MemoryContextCallback)); }));
	auto* read = new Read;
	callback->func = [](void* kept) { delete static_cast<Read*>(kept); };
	callback->arg = read;
	MemoryContextRegisterResetCallback(memory, callback);
	return read;
}

/* Whether a parameter's text depends on settings. */
bool depends_on_settings(Oid type)
{
	return type != INT4OID && type != INT8OID && type != INT2OID && type != TEXTOID &&
	       type != VARCHAROID && type != NUMERICOID && type != UUIDOID && type != BOOLOID;
}

void prepare_parameters(Read& read, ForeignScanState* node, List* expressions)
{
	const int count = list_length(expressions);
	if (count == 0)
		return;
	read.parameter_states = ExecInitExprList(expressions, &node->ss.ps);
	read.parameter_outputs =
	    static_cast<FmgrInfo*>(palloc0(sizeof(FmgrInfo) * static_cast<size_t>(count)));
	const ListCell* cell;
	foreach (cell, expressions)
	{
		const Oid type = exprType(static_cast<const Node*>(lfirst(cell)));
		Oid function;
		bool varlena;
		getTypeOutputInfo(type, &function, &varlena);
		fmgr_info(function, &read.parameter_outputs[foreach_current_index(cell)]);
		read.parameters_need_settings = read.parameters_need_settings || depends_on_settings(type);
	}
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

void set_up(ForeignScanState* node, int flags, const executor::Route& route)
{
	auto* plan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
	const EState* state = node->ss.ps.state;
	const auto* attributes =
	    static_cast<const List*>(list_nth(plan->fdw_private, private_attributes));
	Read* read = make_read(state->es_query_cxt);
	node->fdw_state = read;
	const auto types = executor::binary_types(descriptor_of(node), attributes);
	read->scan.emplace(executor::Group::of(state, route),
	                   strVal(list_nth(plan->fdw_private, private_sql)), types,
	                   way_of(node, flags));
	pg::call([&] {
		MemoryContext before = MemoryContextSwitchTo(state->es_query_cxt);
		read->decoder = executor::make_decoder(descriptor_of(node), attributes, !types.empty());
		read->as_tuple =
		    plan->fsSystemCol || list_member_int(attributes, SelfItemPointerAttributeNumber);
		read->row_memory =
		    AllocSetContextCreate(state->es_query_cxt, "data link row", ALLOCSET_DEFAULT_SIZES);
		prepare_parameters(*read, node, plan->fdw_exprs);
		MemoryContextSwitchTo(before);
	});
}

/* The parameters' values as text, in the memory of the current row of the node. Server code. */
void print_parameters(ForeignScanState* node, const char** texts)
{
	const Read& read = read_of(node);
	ExprContext* context = node->ss.ps.ps_ExprContext;
	MemoryContext before = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	const ListCell* cell;
	foreach (cell, read.parameter_states)
	{
		const int i = foreach_current_index(cell);
		bool null;
		const Datum value = ExecEvalExpr(static_cast<ExprState*>(lfirst(cell)), context, &null);
		texts[i] = null ? nullptr : OutputFunctionCall(&read.parameter_outputs[i], value);
	}
	MemoryContextSwitchTo(before);
}

/* What postgres_fdw sets for its own: the remote must read what we mean. */
void set_transmission_settings(pg::SettingScope& settings)
{
	settings.set("datestyle", "ISO");
	settings.set("intervalstyle", "postgres");
	settings.set("extra_float_digits", "3");
	settings.set("search_path", "pg_catalog");
}

std::vector<const char*> parameters_of(ForeignScanState* node)
{
	const Read& read = read_of(node);
	std::vector<const char*> texts(static_cast<size_t>(list_length(read.parameter_states)));
	if (texts.empty())
		return texts;
	std::optional<pg::SettingScope> settings;
	if (read.parameters_need_settings)
		set_transmission_settings(settings.emplace());
	pg::call([&] { print_parameters(node, texts.data()); });
	return texts;
}

} // namespace

Read::~Read()
{
	if (own_socket >= 0)
		close(own_socket);
}

void Read::renew_own_socket()
{
	if (own_socket >= 0)
		close(own_socket);
	own_socket = scan->is_ready() ? eventfd(1, EFD_CLOEXEC) : dup(scan->socket());
	if (own_socket < 0)
		throw pg::Failure(pg::sqlstate::insufficient_resources,
		                  "too many open files to wait for a data link");
}

bool begin_read(ForeignScanState* node, int flags)
{
	const Oid server = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan)->fs_server;
	if ((flags & EXEC_FLAG_EXPLAIN_ONLY) || !may_read(node, server))
		return false;
	const UserMapping* mapping = GetUserMapping(pg::scanning_user(node), server);
	const executor::Route route{server, mapping->userid, mapping->umid};
	pg::entry([&] { set_up(node, flags, route); });
	return true;
}

bool start_read(ForeignScanState* node)
{
	return read_of(node).scan->open(parameters_of(node));
}

void rescan_read(ForeignScanState* node)
{
	pg::entry([&] {
		executor::Scan& scan = *read_of(node).scan;
		if (scan.is_open() && (node->ss.ps.chgParam != nullptr || !scan.rewind()))
			scan.close();
	});
}

void end_read(ForeignScanState* node)
{
	if (node->fdw_state == nullptr)
		return;
	pg::entry([&] {
		Read& read = read_of(node);
		if (read.scan)
			read.scan->finish();
		read.scan.reset();
	});
}

void explain_read(ForeignScanState* node, ExplainState* explain)
{
	postgres_fdw().ExplainForeignScan(node, explain);
	if (!explain->analyze || node->fdw_state == nullptr)
		return;
	const executor::Traffic& traffic = read_of(node).scan->traffic();
	ExplainPropertyInteger("Remote Round Trips", nullptr, traffic.round_trips, explain);
	ExplainPropertyInteger("Remote Rows", nullptr, traffic.rows, explain);
	ExplainPropertyInteger("Remote Memory", "bytes", traffic.bytes, explain);
}

} // namespace datalinks::fdw
