/*
 * Friendlier errors. They are looked at where a statement begins and at its first row, where the
 * remote plans it; every later row goes straight to postgres_fdw.
 */
#include <string>

#include "schema/name.hpp"
#include "schema/text.hpp"

#include "fdw/handler.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;
using schema::quote_identifier;
using schema::quote_literal;

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

/* The name of the link that the table is in: its schema's. Empty when there is none. */
const char* link_of(Oid table)
{
	return OidIsValid(table) ? get_namespace_name(get_rel_namespace(table)) : nullptr;
}

bool is_drift(int code)
{
	return code == pg::sqlstate::undefined_table || code == pg::sqlstate::undefined_column;
}

/* Runs server code that looks for a user mapping. */
template <typename Body>
void with_mapping_hint(Oid server, Body body)
{
	pg::entry([&] {
		/* Once the error is there, the catalogs must not be asked any more. */
		const char* name = pg::call([&] { return GetForeignServer(server)->servername; });
		try
		{
			pg::call(body);
		}
		catch (pg::Error& error)
		{
			if (error.code() == pg::sqlstate::undefined_object)
				error.set_hint(
				    compose("The owner of the link can make one: CREATE USER MAPPING FOR "
				            "that role SERVER %1% OPTIONS (user '...', password '...').",
				            quote_identifier(name)));
			throw;
		}
	});
}

/* Runs server code that has the remote plan a statement on the table. */
template <typename Body>
auto with_drift_hint(Oid table, Body body)
{
	return pg::entry([&] {
		const char* link = pg::call([&] { return link_of(table); });
		try
		{
			return pg::call(body);
		}
		catch (pg::Error& error)
		{
			if (is_drift(error.code()) && link != nullptr)
				error.set_hint(compose("The remote may have changed: see datalink_diff(%1%).",
				                       quote_literal(link)));
			throw;
		}
	});
}

Oid server_of(const ForeignScanState* node)
{
	return reinterpret_cast<const ForeignScan*>(node->ss.ps.plan)->fs_server;
}

/* A routine for this node alone. */
FdwRoutine* own_routine(ForeignScanState* node)
{
	auto* routine = static_cast<FdwRoutine*>(
	    MemoryContextAlloc(node->ss.ps.state->es_query_cxt, sizeof(FdwRoutine)));
	*routine = *node->fdwroutine;
	node->fdwroutine = routine;
	return routine;
}

TupleTableSlot* iterate_first(ForeignScanState* node)
{
	TupleTableSlot* slot =
	    with_drift_hint(table_of(node), [&] { return postgres_fdw().IterateForeignScan(node); });
	/* The remote has planned the query. */
	node->fdwroutine->IterateForeignScan = postgres_fdw().IterateForeignScan;
	return slot;
}

TupleTableSlot* modify_first(ForeignScanState* node)
{
	TupleTableSlot* slot =
	    with_drift_hint(RelationGetRelid(node->resultRelInfo->ri_RelationDesc),
	                    [&] { return postgres_fdw().IterateDirectModify(node); });
	node->fdwroutine->IterateDirectModify = postgres_fdw().IterateDirectModify;
	return slot;
}

TupleTableSlot* insert_first(EState* state, ResultRelInfo* relation, TupleTableSlot* slot,
                             TupleTableSlot* plan_slot)
{
	TupleTableSlot* result = with_drift_hint(RelationGetRelid(relation->ri_RelationDesc), [&] {
		return postgres_fdw().ExecForeignInsert(state, relation, slot, plan_slot);
	});
	relation->ri_FdwRoutine->ExecForeignInsert = postgres_fdw().ExecForeignInsert;
	return result;
}

TupleTableSlot** insert_first_batch(EState* state, ResultRelInfo* relation, TupleTableSlot** slots,
                                    TupleTableSlot** plan_slots, int* count)
{
	TupleTableSlot** result = with_drift_hint(RelationGetRelid(relation->ri_RelationDesc), [&] {
		return postgres_fdw().ExecForeignBatchInsert(state, relation, slots, plan_slots, count);
	});
	relation->ri_FdwRoutine->ExecForeignBatchInsert = postgres_fdw().ExecForeignBatchInsert;
	return result;
}

} // namespace

void begin_foreign_scan(ForeignScanState* node, int flags)
{
	with_mapping_hint(server_of(node), [&] { postgres_fdw().BeginForeignScan(node, flags); });
	if (!(flags & EXEC_FLAG_EXPLAIN_ONLY))
		own_routine(node)->IterateForeignScan = iterate_first;
}

void begin_direct_modify(ForeignScanState* node, int flags)
{
	with_mapping_hint(server_of(node), [&] { postgres_fdw().BeginDirectModify(node, flags); });
	if (!(flags & EXEC_FLAG_EXPLAIN_ONLY))
		own_routine(node)->IterateDirectModify = modify_first;
}

void begin_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                  int subplan_index, int flags)
{
	with_mapping_hint(GetForeignServerIdByRelId(RelationGetRelid(relation->ri_RelationDesc)), [&] {
		postgres_fdw().BeginForeignModify(state, relation, fdw_private, subplan_index, flags);
	});
}

void begin_insert(ModifyTableState* state, ResultRelInfo* relation)
{
	with_mapping_hint(GetForeignServerIdByRelId(RelationGetRelid(relation->ri_RelationDesc)),
	                  [&] { postgres_fdw().BeginForeignInsert(state, relation); });
}

void watch_first_insert(FdwRoutine* routine)
{
	routine->ExecForeignInsert = insert_first;
	routine->ExecForeignBatchInsert = insert_first_batch;
}

} // namespace datalinks::fdw
