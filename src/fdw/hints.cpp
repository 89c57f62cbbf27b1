/*
 * Friendlier errors. They are looked at where a scan begins and at its first row, where the remote
 * plans the query; every later row goes straight to postgres_fdw.
 */
#include <string>

#include "schema/name.hpp"
#include "schema/text.hpp"

#include "fdw/handler.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::format;
using schema::quote_identifier;

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

} // namespace

void begin_foreign_scan(ForeignScanState* node, int flags)
{
	pg::entry([&] {
		/* Once the error is there, the catalogs must not be asked any more. */
		const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
		const char* server =
		    pg::call([&] { return GetForeignServer(plan->fs_server)->servername; });
		try
		{
			pg::call([&] { postgres_fdw().BeginForeignScan(node, flags); });
		}
		catch (pg::Error& error)
		{
			if (error.code() == pg::sqlstate::undefined_object)
				error.set_hint(format("The owner of the link can make one: CREATE USER MAPPING FOR "
				                      "that role SERVER %1% OPTIONS (user '...', password '...').",
				                      quote_identifier(server)));
			throw;
		}
	});
	if (flags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	auto* routine = static_cast<FdwRoutine*>(
	    MemoryContextAlloc(node->ss.ps.state->es_query_cxt, sizeof(FdwRoutine)));
	*routine = *node->fdwroutine;
	routine->IterateForeignScan = iterate_first;
	node->fdwroutine = routine;
}

TupleTableSlot* iterate_first(ForeignScanState* node)
{
	TupleTableSlot* slot = pg::entry([&] {
		const char* link = pg::call([&] { return link_of(table_of(node)); });
		try
		{
			return pg::call([&] { return postgres_fdw().IterateForeignScan(node); });
		}
		catch (pg::Error& error)
		{
			if (is_drift(error.code()) && link != nullptr)
				error.set_hint(
				    format("The remote may have changed: see datalink_diff('%1%').", link));
			throw;
		}
	});
	/* The remote has planned the query. */
	node->fdwroutine->IterateForeignScan = postgres_fdw().IterateForeignScan;
	return slot;
}

} // namespace datalinks::fdw
