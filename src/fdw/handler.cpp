/*
 * The handler of the wrapper "datalinks": see handler.hpp.
 */
#include "postgres/wrapper.hpp"

#include "fdw/handler.hpp"

namespace datalinks::fdw
{

namespace
{

/* Plain data, filled at the first call in a session: the library is never unloaded. */
FdwRoutine original;

} // namespace

const FdwRoutine& postgres_fdw()
{
	return original;
}

FdwRoutine* handler()
{
	/* The planner asks for every statement; finding the function in the library costs too much. */
	if (!IsA(&original, FdwRoutine))
		original = *static_cast<const FdwRoutine*>(pg::postgres_fdw_routine());
	FdwRoutine* routine = pg::call([] { return makeNode(FdwRoutine); });
	*routine = original;
	routine->PlanForeignModify = plan_foreign_modify;
	routine->PlanDirectModify = plan_direct_modify;
	routine->BeginForeignModify = begin_foreign_modify;
	routine->BeginForeignInsert = begin_foreign_insert;
	routine->GetForeignRelSize = get_foreign_rel_size;
	routine->AnalyzeForeignTable = analyze_foreign_table;
	routine->ExecForeignTruncate = exec_foreign_truncate;
	routine->BeginForeignScan = begin_foreign_scan;
	routine->BeginDirectModify = begin_direct_modify;
	return routine;
}

} // namespace datalinks::fdw
