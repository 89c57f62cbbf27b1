/*
 * The handler of the wrapper "datalinks": see handler.hpp.
 */
#include "fdw/handler.hpp"

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/hints.hpp"
#include "fdw/insert.hpp"
#include "fdw/insert_routed.hpp"
#include "fdw/modify.hpp"

namespace datalinks::fdw
{

FdwRoutine* handler()
{
	load_postgres_fdw();
	FdwRoutine* routine = pg::call([] { return makeNode(FdwRoutine); });
	*routine = postgres_fdw();
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
