/*
 * Conditions that the remote is given as well: see prefilter.hpp.
 */
#include <algorithm>
#include <cstring>
#include <string_view>

#include "fdw/postgres_fdw.hpp"
#include "fdw/sql_text.hpp"
#include "postgres/guard.hpp"

#include "fdw/key_paths.hpp"
#include "fdw/prefilter.hpp"
#include "fdw/prefilter_text.hpp"
#include "fdw/row_cost.hpp"

namespace datalinks::fdw
{

namespace
{

PrefilterText text_for(PlannerInfo* root, Index relation, Oid table, List* expressions)
{
	PrefilterText text{root, relation, table, {}, expressions};
	initStringInfo(&text.sql);
	return text;
}

/* Whether postgres_fdw keeps the condition here. */
bool is_kept_here(Node* condition)
{
	if (contain_mutable_functions(condition))
		return true;
	const List* variables = pull_var_clause(condition, 0);
	const ListCell* cell;
	foreach (cell, variables)
		if (exprType(static_cast<const Node*>(lfirst(cell))) >= FirstGenbkiObjectId)
			return true;
	return false;
}

/* The part of the rows which the remote does not send because of such conditions. */
Selectivity share_kept(PlannerInfo* root, RelOptInfo* relation, Oid table)
{
	PrefilterText text = text_for(root, relation->relid, table, NIL);
	List* conditions = NIL;
	const ListCell* cell;
	foreach (cell, relation->baserestrictinfo)
	{
		auto* info = static_cast<RestrictInfo*>(lfirst(cell));
		auto* condition = reinterpret_cast<Node*>(info->clause);
		if (!info->pseudoconstant && is_kept_here(condition) && append_condition(text, condition))
			conditions = lappend(conditions, info);
	}
	return conditions == NIL
	           ? 1
	           : clauselist_selectivity(root, conditions, static_cast<int>(relation->relid),
	                                    JOIN_INNER, nullptr);
}

/* Server code. */
void discount(PlannerInfo* root, RelOptInfo* relation, Oid table)
{
	constexpr Selectivity least = 1e-10;
	const Selectivity share = std::max(share_kept(root, relation, table), least);
	if (share >= 1)
		return;
	const Cost saved = (relation->rows / share - relation->rows) * cost_of_row(table);
	const ListCell* cell;
	foreach (cell, relation->pathlist)
	{
		auto* path = static_cast<Path*>(lfirst(cell));
		if (IsA(path, ForeignPath) && path->param_info == nullptr)
			path->total_cost = std::max(path->startup_cost, path->total_cost - saved);
	}
}

/* Where conditions go in the SQL of a table's scan, and what stands before them. */
size_t place_for_conditions(const char* sql)
{
	constexpr std::string_view where = " WHERE ";
	const size_t place = find_words(sql, where);
	if (place != std::string::npos)
		return place + where.size();
	return std::min({find_words(sql, " ORDER BY "), find_words(sql, " LIMIT "),
	                 find_words(sql, " OFFSET "), find_words(sql, " FOR "), strlen(sql)});
}

/* Server code. */
bool append_conditions(PrefilterText& text, const ForeignScan* scan)
{
	bool any = false;
	const ListCell* cell;
	foreach (cell, scan->scan.plan.qual)
	{
		const int length = text.sql.len;
		if (any)
			appendStringInfoString(&text.sql, " AND ");
		if (append_condition(text, static_cast<const Node*>(lfirst(cell))))
			any = true;
		else
		{
			text.sql.len = length;
			text.sql.data[length] = '\0';
		}
	}
	return any;
}

} // namespace

void get_foreign_paths(PlannerInfo* root, RelOptInfo* relation, Oid table)
{
	postgres_fdw().GetForeignPaths(root, relation, table);
	discount(root, relation, table);
	add_key_paths(root, relation, table);
}

void add_prefilters(ForeignScan* scan, PlannerInfo* root, Oid table)
{
	if (scan->scan.scanrelid == 0 || scan->scan.plan.qual == NIL)
		return;
	PrefilterText text = text_for(root, scan->scan.scanrelid, table, list_copy(scan->fdw_exprs));
	if (!append_conditions(text, scan))
		return;
	const char* sql = strVal(linitial(scan->fdw_private));
	const size_t place = pg::entry([&] { return place_for_conditions(sql); });
	const bool first = sql[place - 1] != ' ';
	linitial(scan->fdw_private) =
	    makeString(psprintf("%.*s%s%s%s%s", static_cast<int>(place), sql, first ? " WHERE " : "",
	                        text.sql.data, first ? "" : " AND ", sql + place));
	scan->fdw_exprs = text.expressions;
}

} // namespace datalinks::fdw
