/*
 * A scan, planned: see plan_scan.hpp.
 */
#include "fdw/plan_scan.hpp"

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/prefilter.hpp"

namespace datalinks::fdw
{

ForeignScan* get_foreign_plan(PlannerInfo* root, RelOptInfo* scanned, Oid table, ForeignPath* path,
                              List* targets, List* clauses, Plan* outer)
{
	ForeignScan* scan =
	    postgres_fdw().GetForeignPlan(root, scanned, table, path, targets, clauses, outer);
	add_prefilters(scan, root, table);
	return scan;
}

} // namespace datalinks::fdw
