/*
 * The handler of the wrapper "datalinks": see handler.hpp.
 */
#include "fdw/handler.hpp"

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/analyze.hpp"
#include "fdw/direct_modify.hpp"
#include "fdw/explain.hpp"
#include "fdw/hints.hpp"
#include "fdw/import.hpp"
#include "fdw/insert.hpp"
#include "fdw/plan_scan.hpp"
#include "fdw/prefilter.hpp"
#include "fdw/read.hpp"
#include "fdw/row_key.hpp"
#include "fdw/truncate.hpp"
#include "fdw/update_defaults.hpp"
#include "fdw/write.hpp"

namespace datalinks::fdw
{

FdwRoutine* handler()
{
	load_postgres_fdw();
	FdwRoutine* routine = pg::call([] { return makeNode(FdwRoutine); });
	*routine = postgres_fdw();
	routine->GetForeignRelSize = get_foreign_rel_size;
	routine->GetForeignJoinPaths = get_foreign_join_paths;
	routine->GetForeignUpperPaths = get_foreign_upper_paths;
	routine->GetForeignPaths = get_foreign_paths;
	routine->GetForeignPlan = get_foreign_plan;
	routine->AddForeignUpdateTargets = add_foreign_update_targets;
	routine->PlanForeignModify = plan_modify_by_key;
	routine->PlanDirectModify = plan_direct_modify;

	routine->BeginForeignScan = begin_foreign_scan;
	routine->IterateForeignScan = iterate_foreign_scan;
	routine->ReScanForeignScan = rescan_foreign_scan;
	routine->EndForeignScan = end_foreign_scan;
	routine->ExplainForeignScan = explain_foreign_scan;
	routine->ForeignAsyncRequest = request_async;
	routine->ForeignAsyncConfigureWait = configure_async_wait;
	routine->ForeignAsyncNotify = notify_async;

	routine->BeginForeignModify = begin_foreign_modify;
	routine->BeginForeignInsert = begin_foreign_insert;
	routine->ExecForeignInsert = insert_row;
	routine->ExecForeignUpdate = update_row;
	routine->ExecForeignDelete = delete_row;
	/* One row at a time is all that is asked for: the writer does not wait for each. */
	routine->GetForeignModifyBatchSize = nullptr;
	routine->ExecForeignBatchInsert = nullptr;
	routine->EndForeignModify = end_foreign_modify;
	routine->EndForeignInsert = end_foreign_modify;
	routine->ExplainForeignModify = explain_foreign_modify;

	routine->BeginDirectModify = begin_direct_modify;
	routine->IterateDirectModify = iterate_direct_modify;
	routine->EndDirectModify = end_direct_modify;
	routine->ExplainDirectModify = explain_direct_modify;
	routine->AnalyzeForeignTable = analyze_foreign_table;
	routine->ExecForeignTruncate = exec_foreign_truncate;
	routine->ImportForeignSchema = import_foreign_schema;
	return routine;
}

} // namespace datalinks::fdw
