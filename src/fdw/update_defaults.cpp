/*
 * UPDATE ... SET c = DEFAULT: see update_defaults.hpp.
 */
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fdw/postgres_fdw.hpp"
#include "fdw/written_values.hpp"
#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/bounds.hpp"
#include "fdw/left_out.hpp"
#include "fdw/remote_names.hpp"
#include "fdw/statement_columns.hpp"
#include "fdw/update_defaults.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;

/* An entry of the UPDATE's target list that is DEFAULT, and the attribute that it sets. */
struct Default
{
	TargetEntry* entry;
	int number;
};

/*
 * Through a parent, a row that was changed must still be its partition's: nobody would know whether
 * the remote's default is.
 */
void refuse_bound(const PlannerInfo* root, Index result_relation, int number)
{
	const Oid table = planner_rt_fetch(result_relation, root)->relid;
	if (static_cast<int>(result_relation) == root->parse->resultRelation ||
	    !pg::call([&] { return is_in_bounds(table, number); }))
		return;
	const char* name =
	    pg::call([&] { return get_attname(table, static_cast<AttrNumber>(number), false); });
	const char* relation = pg::call([&] { return get_rel_name(table); });
	throw pg::Failure(
	    pg::sqlstate::feature_not_supported,
	    compose("cannot set column \"%1%\" to the default of a remote partition", name))
	    .detail(compose("The column is in the bounds of partition \"%1%\".", relation))
	    .hint("Give the value itself, or give the column a default here: ALTER TABLE ... ALTER "
	          "COLUMN ... SET DEFAULT ... of the partitioned table.");
}

std::vector<Default> defaults_of(const PlannerInfo* root, const ModifyTable* plan,
                                 Index result_relation, int subplan_index)
{
	const WrittenValues values = pg::call([&] { return WrittenValues(root->parse); });
	const auto* numbers =
	    static_cast<const List*>(list_nth(plan->updateColnosLists, subplan_index));
	const Oid target = planner_rt_fetch(root->parse->resultRelation, root)->relid;
	std::vector<Default> found;
	const ListCell* cell;
	const ListCell* number;
	const ListCell* own;
	forthree(cell, root->processed_tlist, number, numbers, own, root->update_colnos)
	{
		auto* entry = static_cast<TargetEntry*>(lfirst(cell));
		const auto* value = reinterpret_cast<const Node*>(entry->expr);
		const char* name = pg::call(
		    [&] { return get_attname(target, static_cast<AttrNumber>(lfirst_int(own)), false); });
		const Written written = pg::call([&] { return values.in_update(value, name); });
		require_known(written, name);
		if (written != Written::as_default)
			continue;
		refuse_bound(root, result_relation, lfirst_int(number));
		found.push_back({entry, lfirst_int(number)});
	}
	return found;
}

bool has_update_trigger(Oid table)
{
	return pg::call([&] {
		Relation relation = table_open(table, NoLock);
		const bool found =
		    relation->trigdesc != nullptr && relation->trigdesc->trig_update_before_row;
		table_close(relation, NoLock);
		return found;
	});
}

[[noreturn]] void fail_unexpected()
{
	throw pg::Failure(pg::sqlstate::feature_not_supported,
	                  "cannot set a column of a data link's table to DEFAULT")
	    .detail("The statement that postgres_fdw wrote is not as expected.")
	    .hint("Give the value itself, or give the column a default here: ALTER FOREIGN TABLE ... "
	          "ALTER COLUMN ... SET DEFAULT ...");
}

} // namespace

List* set_to_default(List* planned, const PlannerInfo* root, const ModifyTable* plan,
                     Index result_relation, int subplan_index)
{
	AttributeSet defaults;
	for (const Default& one : defaults_of(root, plan, result_relation, subplan_index))
		defaults.push_back(one.number);
	if (defaults.empty())
		return planned;
	std::sort(defaults.begin(), defaults.end());
	const Oid table = planner_rt_fetch(result_relation, root)->relid;
	/* A trigger may still give them a value: then each row gets a statement of its own. */
	if (has_update_trigger(table))
		return append_left_out(planned, LeftOut{{defaults}, {}});
	const auto columns = statement_columns(table, static_cast<const List*>(lsecond(planned)));
	const auto changed = update_to_default(strVal(linitial(planned)), columns, defaults);
	if (!changed)
		fail_unexpected();
	List* attributes = without(static_cast<const List*>(lsecond(planned)), defaults);
	pg::call([&] {
		linitial(planned) = makeString(pstrdup(changed->c_str()));
		lsecond(planned) = attributes;
	});
	return planned;
}

namespace
{

/* A value that postgres_fdw writes as the mere literal, and nothing else in a statement is. */
std::string mark_of(int number)
{
	return compose("data link: default of column %1%", number);
}

Expr* marked(int number)
{
	const std::string mark = mark_of(number);
	return pg::call([&] {
		return reinterpret_cast<Expr*>(makeConst(
		    UNKNOWNOID, -1, InvalidOid, -2, CStringGetDatum(pstrdup(mark.c_str())), false, false));
	});
}

/* The scan that has become the statement; nullptr where it is not found. */
ForeignScan* modifying_scan(Plan* plan, Index result_relation)
{
	if (plan == nullptr)
		return nullptr;
	if (IsA(plan, ForeignScan))
	{
		auto* scan = reinterpret_cast<ForeignScan*>(plan);
		return scan->operation == CMD_UPDATE && scan->resultRelation == result_relation ? scan
		                                                                                : nullptr;
	}
	const ListCell* cell;
	if (IsA(plan, Append))
		foreach (cell, reinterpret_cast<const Append*>(plan)->appendplans)
		{
			ForeignScan* found = modifying_scan(static_cast<Plan*>(lfirst(cell)), result_relation);
			if (found != nullptr)
				return found;
		}
	return modifying_scan(outerPlan(plan), result_relation);
}

/* Puts DEFAULT in place of the marks. */
void write_defaults(const ForeignScan* scan, Oid table, const std::vector<Default>& defaults)
{
	if (scan == nullptr || scan->fdw_private == NIL || !IsA(linitial(scan->fdw_private), String))
		fail_unexpected();
	std::string sql = strVal(linitial(scan->fdw_private));
	for (const Default& one : defaults)
	{
		const char* name =
		    pg::call([&] { return remote_column(table, static_cast<AttrNumber>(one.number)); });
		const std::string before = compose("%1% = '%2%'", name, mark_of(one.number));
		const auto found = sql.find(before);
		if (found == std::string::npos || sql.find(before, found + 1) != std::string::npos)
			fail_unexpected();
		sql.replace(found, before.size(), compose("%1% = DEFAULT", name));
	}
	pg::call([&] { linitial(scan->fdw_private) = makeString(pstrdup(sql.c_str())); });
}

} // namespace

/* While postgres_fdw plans, what is DEFAULT holds a mark, which it writes into its statement. */
bool plan_direct_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                        int subplan_index)
{
	const auto direct = postgres_fdw().PlanDirectModify;
	if (plan->operation != CMD_UPDATE)
		return direct(root, plan, result_relation, subplan_index);
	return pg::entry([&] {
		const auto defaults = defaults_of(root, plan, result_relation, subplan_index);
		std::vector<Expr*> nulls;
		nulls.reserve(defaults.size());
		for (const Default& one : defaults)
			nulls.push_back(std::exchange(one.entry->expr, marked(one.number)));
		const bool done =
		    pg::call([&] { return direct(root, plan, result_relation, subplan_index); });
		for (size_t i = 0; i < defaults.size(); ++i)
			defaults[i].entry->expr = nulls[i];
		if (done && !defaults.empty())
			write_defaults(modifying_scan(outerPlan(plan), result_relation),
			               planner_rt_fetch(result_relation, root)->relid, defaults);
		return done;
	});
}

} // namespace datalinks::fdw
