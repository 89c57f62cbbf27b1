/*
 * The executor's hooks: see executor_hooks.hpp.
 */
#include "postgres/executor_hooks.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

void (*before_run)(QueryDesc* query) = nullptr;
void (*after_run)(EState* state) = nullptr;
ExecutorRun_hook_type next_run = nullptr;
ExecutorFinish_hook_type next_finish = nullptr;

uint64 wanted = 0;

template <typename F>
void run_wanting(uint64 count, F f)
{
	const uint64 before = wanted;
	wanted = count;
	PG_TRY();
	{
		f();
	}
	PG_FINALLY();
	{
		wanted = before;
	}
	PG_END_TRY();
}

#if PG_VERSION_NUM >= 180000

void run(QueryDesc* query, ScanDirection direction, uint64 count)
{
	run_wanting(count, [&] {
		before_run(query);
		if (next_run != nullptr)
			next_run(query, direction, count);
		else
			standard_ExecutorRun(query, direction, count);
		after_run(query->estate);
	});
}

#else

void run(QueryDesc* query, ScanDirection direction, uint64 count, bool once)
{
	run_wanting(count, [&] {
		before_run(query);
		if (next_run != nullptr)
			next_run(query, direction, count, once);
		else
			standard_ExecutorRun(query, direction, count, once);
		after_run(query->estate);
	});
}

#endif

void finish(QueryDesc* query)
{
	if (next_finish != nullptr)
		next_finish(query);
	else
		standard_ExecutorFinish(query);
	after_run(query->estate);
}

long* idle_copied = nullptr;
ProcessUtility_hook_type next_utility = nullptr;

void process_utility(PlannedStmt* statement, const char* sql, bool read_only,
                     ProcessUtilityContext context, ParamListInfo parameters,
                     QueryEnvironment* environment, DestReceiver* destination,
                     QueryCompletion* completion)
{
	const bool copies = IsA(statement->utilityStmt, CopyStmt) &&
	                    reinterpret_cast<const CopyStmt*>(statement->utilityStmt)->is_from;
	/* A function that COPY calls may run another. */
	const long outer = *idle_copied;
	if (copies)
		*idle_copied = 0;
	(next_utility != nullptr ? next_utility : standard_ProcessUtility)(
	    statement, sql, read_only, context, parameters, environment, destination, completion);
	if (!copies)
		return;
	if (completion != nullptr)
		completion->nprocessed -= static_cast<uint64>(*idle_copied);
	*idle_copied = outer;
}

} // namespace

void watch_copy(long* idle)
{
	idle_copied = idle;
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
}

unsigned long rows_wanted()
{
	return wanted;
}

void watch_executor(void (*before)(QueryDesc* query), void (*after)(EState* state))
{
	before_run = before;
	after_run = after;
	next_run = ExecutorRun_hook;
	ExecutorRun_hook = run;
	next_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish;
}

} // namespace datalinks::pg
