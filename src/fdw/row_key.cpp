/*
 * What tells the rows of a remote's table apart: see row_key.hpp.
 */
#include <cstring>
#include <string>

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"
#include "postgres/options.hpp"
#include "schema/relation.hpp"
#include "schema/text.hpp"

#include "fdw/insert.hpp"
#include "fdw/row_key.hpp"
#include "fdw/sql_text.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;

constexpr AttrNumber carrier = MaxCommandIdAttributeNumber;

/* Whether the rows of this relation of the query's are to be changed, and are a tree's. */
bool is_changed_tree(const PlannerInfo* root, int relation)
{
	const CmdType command = root->parse->commandType;
	return (command == CMD_UPDATE || command == CMD_DELETE) &&
	       bms_is_member(relation, root->all_result_relids) &&
	       is_tree(planner_rt_fetch(static_cast<Index>(relation), root)->relid);
}

[[noreturn]] void fail_text()
{
	throw pg::Failure(pg::sqlstate::internal_error,
	                  "postgres_fdw's text of a statement is not as expected");
}

std::string text_of(const List* plan)
{
	return strVal(linitial(plan));
}

void set_text(List* plan, const std::string& sql)
{
	pg::call([&] { linitial(plan) = makeString(pstrdup(sql.c_str())); });
}

/* The select list of a table ends with ctid. */
void fetch_with_ctid(ForeignScan* scan)
{
	constexpr std::string_view ctid = "ctid FROM ";
	std::string sql = text_of(scan->fdw_private);
	const size_t place = find_words(sql, ctid);
	auto* attributes = static_cast<List*>(lsecond(scan->fdw_private));
	if (place == std::string::npos || attributes == nullptr || !IsA(attributes, IntList) ||
	    llast_int(attributes) != SelfItemPointerAttributeNumber)
		fail_text();
	set_text(scan->fdw_private, sql.insert(place + std::string_view("ctid").size(), ", tableoid"));
	pg::call(
	    [&] { lsecond(scan->fdw_private) = lappend_int(attributes, TableOidAttributeNumber); });
}

/* How many columns of a join come before the carrier that postgres_fdw writes in the same way. */
int place_of_carrier(const ForeignScan* scan, int relation)
{
	int place = 0;
	const ListCell* cell;
	foreach (cell, scan->fdw_scan_tlist)
	{
		const auto* var =
		    reinterpret_cast<const Var*>(static_cast<const TargetEntry*>(lfirst(cell))->expr);
		if (!IsA(var, Var) || static_cast<int>(var->varno) != relation || var->varattno >= 0 ||
		    var->varattno == SelfItemPointerAttributeNumber ||
		    var->varattno == TableOidAttributeNumber)
			continue;
		if (var->varattno == carrier)
			return place;
		++place;
	}
	return -1;
}

/* postgres_fdw fetches a zero for system columns, in a way that a user's expression never has. */
void fetch_in_join(ForeignScan* scan, int relation)
{
	const int place = place_of_carrier(scan, relation);
	if (place < 0)
		return;
	const std::string zero = compose("CASE WHEN (r%1%.*)::text IS NOT NULL THEN 0 END", relation);
	std::string sql = text_of(scan->fdw_private);
	const size_t found = find_words(sql, zero, place);
	if (found == std::string::npos)
		fail_text();
	set_text(scan->fdw_private,
	         sql.replace(found, zero.size(),
	                     compose("r%1%.tableoid::pg_catalog.text::pg_catalog.cid", relation)));
}

} // namespace

bool is_tree(Oid table)
{
	const char* kind = pg::option_text(GetForeignTable(table)->options, schema::kind_option);
	return kind != nullptr &&
	       (strcmp(kind, "partitioned table") == 0 || strcmp(kind, "inheritance parent") == 0);
}

void add_foreign_update_targets(PlannerInfo* root, Index index, RangeTblEntry* target,
                                Relation relation)
{
	postgres_fdw().AddForeignUpdateTargets(root, index, target, relation);
	if (is_tree(RelationGetRelid(relation)))
		add_row_identity_var(root,
		                     makeVar(static_cast<int>(index), carrier, CIDOID, -1, InvalidOid, 0),
		                     index, table_attribute);
}

void fetch_tables(ForeignScan* scan, const PlannerInfo* root, const RelOptInfo* scanned)
{
	int relation = -1;
	while ((relation = bms_next_member(scanned->relids, relation)) >= 0)
	{
		if (!pg::call([&] { return is_changed_tree(root, relation); }))
			continue;
		if (scan->scan.scanrelid > 0)
			fetch_with_ctid(scan);
		else
			fetch_in_join(scan, relation);
	}
}

List* plan_modify_by_key(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                         int subplan_index)
{
	List* planned = plan_foreign_modify(root, plan, result_relation, subplan_index);
	if (!is_changed_tree(root, static_cast<int>(result_relation)))
		return planned;
	pg::entry([&] {
		constexpr std::string_view by_ctid = "WHERE ctid = $1";
		std::string sql = text_of(planned);
		const size_t place = find_words(sql, by_ctid);
		if (place == std::string::npos)
			fail_text();
		set_text(planned, sql.insert(place + by_ctid.size(),
		                             compose(" AND tableoid = $%1%", last_parameter(sql) + 1)));
	});
	return planned;
}

} // namespace datalinks::fdw
