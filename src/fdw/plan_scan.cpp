/*
 * A scan, planned: see plan_scan.hpp.
 */
#include "fdw/plan_scan.hpp"

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/row_key.hpp"

namespace datalinks::fdw
{

ForeignScan* get_foreign_plan(PlannerInfo* root, RelOptInfo* scanned, Oid table, ForeignPath* path,
                              List* targets, List* clauses, Plan* outer)
{
	ForeignScan* scan =
	    postgres_fdw().GetForeignPlan(root, scanned, table, path, targets, clauses, outer);
	pg::entry([&] { fetch_tables(scan, root, scanned); });
	return scan;
}

} // namespace datalinks::fdw
