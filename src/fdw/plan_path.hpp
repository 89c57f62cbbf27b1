/*
 * What stands above a scan in its statement's plan, and what becomes of the scan's rows there.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <optional>
#include <vector>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* The plans from the top of a statement, or of a subplan of its, down to the node's. */
struct PlanPath
{
	std::vector<const Plan*> plans;
	bool in_subplan;
};

/* nullopt where another extension's node hides it. */
std::optional<PlanPath> find_path(const PlanState* node);

/* The same of a scan, which must not be hidden. */
PlanPath path_to(const ForeignScanState* node);

/* How many rows those above ask one of the path for. */
enum class Demand
{
	all,
	as_statement, /* as many as are wanted of the statement */
	unknown
};

/* By those above the plan at this place. */
Demand demand_on(const PlanPath& path, size_t place);

/*
 * Whether those above the plan at this place take all of its rows if they run to their end, so that
 * none is made in vain.
 */
bool are_all_wanted(const PlanPath& path, size_t place);

/* Whether each row from below goes on upwards, unless that is an inner node's own business. */
bool keeps_rows(const Plan* plan);

/* Whether it takes more rows from below than it is asked for. */
bool reads_ahead(const Plan* plan);

/* Whether the path goes through several sources of rows that are read one after another. */
bool has_append(const PlanPath& path);

} // namespace datalinks::fdw
