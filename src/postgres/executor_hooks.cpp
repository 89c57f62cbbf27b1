/*
 * The executor's hooks: see executor_hooks.hpp.
 */
#include "postgres/executor_hooks.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

void (*after_run)(EState* state) = nullptr;
ExecutorRun_hook_type next_run = nullptr;
ExecutorFinish_hook_type next_finish = nullptr;

#if PG_VERSION_NUM >= 180000

void run(QueryDesc* query, ScanDirection direction, uint64 count)
{
	if (next_run != nullptr)
		next_run(query, direction, count);
	else
		standard_ExecutorRun(query, direction, count);
	after_run(query->estate);
}

#else

void run(QueryDesc* query, ScanDirection direction, uint64 count, bool once)
{
	if (next_run != nullptr)
		next_run(query, direction, count, once);
	else
		standard_ExecutorRun(query, direction, count, once);
	after_run(query->estate);
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

} // namespace

void watch_executor(void (*f)(EState* state))
{
	after_run = f;
	next_run = ExecutorRun_hook;
	ExecutorRun_hook = run;
	next_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish;
}

} // namespace datalinks::pg
