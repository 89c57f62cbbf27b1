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
	auto* routine = static_cast<FdwRoutine*>(pg::postgres_fdw_routine());
	original = *routine;
	routine->PlanForeignModify = plan_foreign_modify;
	routine->BeginForeignModify = begin_foreign_modify;
	routine->BeginForeignInsert = begin_foreign_insert;
	routine->BeginForeignScan = begin_foreign_scan;
	routine->BeginDirectModify = begin_direct_modify;
	return routine;
}

} // namespace datalinks::fdw
