/*
 * Scans that do without their remote: see unreachable.hpp.
 */
#include <algorithm>
#include <cstring>

#include "link/union.hpp"
#include "postgres/servers.hpp"
#include "schema/text.hpp"

#include "fdw/unreachable.hpp"

namespace datalinks::fdw
{

namespace
{

bool has_alias(const RangeTblEntry* entry)
{
	return strcmp(entry->eref->aliasname, link::skip_alias) == 0;
}

bool is_called_so(const ForeignScanState* node, Index relation)
{
	const RangeTblEntry* entry = exec_rt_fetch(relation, node->ss.ps.state);
	return entry->rtekind != RTE_RELATION || has_alias(entry);
}

/* What a connection that cannot be made, or is lost, ends with. */
bool is_unreachable(int code)
{
	constexpr int shutdowns[] = {pg::sqlstate::pack("57P01"), pg::sqlstate::pack("57P02"),
	                             pg::sqlstate::pack("57P03")};
	return code == pg::sqlstate::unable_to_connect || code == pg::sqlstate::connection_failure ||
	       std::find(std::begin(shutdowns), std::end(shutdowns), code) != std::end(shutdowns);
}

} // namespace

bool may_skip(const ForeignScanState* node)
{
	const auto* plan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	if (plan->scan.scanrelid > 0)
		return is_called_so(node, plan->scan.scanrelid);
	int relation = -1;
	while ((relation = bms_next_member(plan->fs_relids, relation)) >= 0)
		if (!is_called_so(node, static_cast<Index>(relation)))
			return false;
	return true;
}

bool has_row_of_none(const PlannerInfo* root, const RelOptInfo* input)
{
	if (root->parse->groupClause != NIL)
		return false;
	int relation = -1;
	while ((relation = bms_next_member(input->relids, relation)) >= 0)
	{
		const RangeTblEntry* entry = root->simple_rte_array[relation];
		if (entry != nullptr && entry->rtekind == RTE_RELATION && has_alias(entry))
			return true;
	}
	return false;
}

bool skip_given_up(Read& read)
{
	read.skipped = read.may_skip && read.scan->group()->is_given_up();
	return read.skipped;
}

bool skip(Read& read, const pg::Failure& failure)
{
	if (!read.may_skip || read.from_batch || !is_unreachable(failure.code()))
		return false;
	executor::Group& group = *read.scan->group();
	const bool told = group.is_given_up();
	if (!group.give_up())
		return false;
	read.scan->close();
	read.skipped = true;
	if (!told)
		pg::warning(schema::compose("data link \"%1%\" cannot be reached and is left out",
		                            pg::server_option(read.server, "link")),
		            failure.detail().empty() ? failure.what() : failure.detail());
	return true;
}

} // namespace datalinks::fdw
