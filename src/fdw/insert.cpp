/*
 * INSERT through a link: columns that the statement leaves out get the remote's defaults.
 *
 * postgres_fdw plans an INSERT of every column, so that a serial key arrives as NULL. Its plan is a
 * list of five: the remote's SQL, the target attributes, the length of the SQL up to the end of its
 * VALUES clause, whether it returns rows, and which columns it returns. We take the columns that
 * the statement leaves out of all rows, out of the first three. Where rows differ, or a trigger
 * here may give a value yet to what was left out, an element of ours is added (left_out.hpp), by
 * which each row gets a statement of its own (shapes.hpp).
 */
#include <algorithm>
#include <optional>
#include <vector>

#include "fdw/postgres_fdw.hpp"
#include "fdw/written_values.hpp"
#include "postgres/guard.hpp"

#include "fdw/insert.hpp"
#include "fdw/left_out.hpp"
#include "fdw/statement_columns.hpp"
#include "fdw/update_defaults.hpp"
#include "fdw/upsert.hpp"

namespace datalinks::fdw
{

namespace
{

/* The VALUES list of several rows that this entry of the target list is from, and the place. */
struct Source
{
	const List* rows = nullptr;
	int place = 0;
};

/* Server code. */
Source source_of(const Query* query, const TargetEntry* entry)
{
	const auto* variable = reinterpret_cast<const Var*>(entry->expr);
	if (variable == nullptr || !IsA(variable, Var) || variable->varlevelsup != 0 ||
	    variable->varno < 1 || variable->varno > list_length(query->rtable))
		return {};
	const RangeTblEntry* rows = rt_fetch(variable->varno, query->rtable);
	return rows->rtekind == RTE_VALUES ? Source{rows->values_lists, variable->varattno - 1}
	                                   : Source{};
}

const TargetEntry* entry_of(const Query* query, int number)
{
	const ListCell* cell;
	foreach (cell, query->targetList)
	{
		const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
		if (!entry->resjunk && entry->resno == number)
			return entry;
	}
	return nullptr;
}

/* A column with DEFAULT in some of the rows. */
struct Mixed
{
	int number;
	const List* rows;
	int place;
};

/* What an INSERT leaves to the remote. */
class Omitted
{
public:
	Omitted(const Query* query, const std::vector<StatementColumn>& columns)
	    : values_(pg::call([&] { return WrittenValues(query); }))
	{
		for (const StatementColumn& column : columns)
			add(query, column);
	}

	/* In all rows. */
	const AttributeSet& throughout() const
	{
		return throughout_;
	}

	/* In some rows, or where those of all rows are `kept` because they may be given a value yet. */
	std::optional<LeftOut> by_row(bool kept) const
	{
		LeftOut left_out;
		const int count = mixed_.empty() ? 0 : list_length(mixed_.front().rows);
		for (int row = 0; row < count; ++row)
		{
			AttributeSet set = kept ? throughout_ : AttributeSet{};
			for (const Mixed& one : mixed_)
				if (pg::call([&] { return values_.in_row(one.rows, row, one.place); }) ==
				    Written::as_default)
					set.push_back(one.number);
			std::sort(set.begin(), set.end());
			left_out.add_row(set);
		}
		if (count == 0 && kept && !throughout_.empty())
			left_out.sets.push_back(throughout_);
		return left_out.sets.empty() ? std::nullopt : std::optional(left_out);
	}

private:
	void add(const Query* query, const StatementColumn& column)
	{
		const TargetEntry* entry = entry_of(query, column.number);
		const Source source =
		    entry == nullptr ? Source{} : pg::call([&] { return source_of(query, entry); });
		if (source.rows == nullptr && (entry != nullptr || column.generated))
			return;
		const Written written = entry == nullptr ? Written::as_default : pg::call([&] {
			return values_.in_column(source.rows, source.place);
		});
		require_known(written, column.name);
		if (written == Written::as_default)
			throughout_.push_back(column.number);
		else if (written == Written::mixed)
			mixed_.push_back({column.number, source.rows, source.place});
	}

	WrittenValues values_;
	AttributeSet throughout_;
	std::vector<Mixed> mixed_;
};

/* Whether the list is of the shape that postgres_fdw gave it in 15 to 18. */
bool has_known_shape(const List* plan)
{
	return list_length(plan) == 5 && IsA(linitial(plan), String) &&
	       (lsecond(plan) == nullptr || IsA(lsecond(plan), IntList)) &&
	       IsA(lthird(plan), Integer) && IsA(lfourth(plan), Boolean);
}

/* What the remote would get then is NULL, where its own default is meant. */
[[noreturn]] void fail_unexpected()
{
	throw pg::Failure(pg::sqlstate::feature_not_supported,
	                  "cannot leave a column of a data link's table to its default")
	    .detail("The statement that postgres_fdw wrote is not as expected.")
	    .hint("Give all values, or give the column a default here: ALTER FOREIGN TABLE ... ALTER "
	          "COLUMN ... SET DEFAULT ...");
}

/* Takes the columns out of the plan. */
void take_out(List* plan, const std::vector<StatementColumn>& columns, const AttributeSet& omitted)
{
	const auto shorter = insert_without(
	    strVal(linitial(plan)), static_cast<size_t>(intVal(lthird(plan))), columns, omitted);
	if (!shorter)
		fail_unexpected();
	List* attributes = without(static_cast<const List*>(lsecond(plan)), omitted);
	pg::call([&] {
		linitial(plan) = makeString(pstrdup(shorter->sql.c_str()));
		lsecond(plan) = attributes;
		lthird(plan) = makeInteger(static_cast<int>(shorter->values_end));
	});
}

/* A trigger here may set any column. */
bool has_insert_trigger(Oid table)
{
	return pg::call([&] {
		Relation relation = table_open(table, NoLock);
		const bool found =
		    relation->trigdesc != nullptr && relation->trigdesc->trig_insert_before_row;
		table_close(relation, NoLock);
		return found;
	});
}

/* The plan, with the columns left out of it that the statement leaves out. */
List* leave_out_omitted(List* plan, const PlannerInfo* root, Oid table)
{
	if (!has_known_shape(plan))
		throw pg::Failure(pg::sqlstate::internal_error,
		                  "postgres_fdw's plan of a modification is not as expected");
	const auto columns = statement_columns(table, static_cast<const List*>(lsecond(plan)));
	const Omitted omitted(root->parse, columns);
	const bool kept = has_insert_trigger(table);
	if (!kept && !omitted.throughout().empty())
		take_out(plan, columns, omitted.throughout());
	const auto left_out = omitted.by_row(kept);
	return left_out ? append_left_out(plan, *left_out) : plan;
}

} // namespace

List* plan_foreign_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                          int subplan_index)
{
	List* planned = postgres_fdw().PlanForeignModify(root, plan, result_relation, subplan_index);
	if (plan->operation == CMD_INSERT)
		return pg::entry([&] {
			const Oid table = planner_rt_fetch(result_relation, root)->relid;
			List* shipped = leave_out_omitted(planned, root, table);
			ship_conflict(shipped, root, plan, table);
			return shipped;
		});
	if (plan->operation == CMD_UPDATE)
		return pg::entry(
		    [&] { return set_to_default(planned, root, plan, result_relation, subplan_index); });
	return planned;
}

} // namespace datalinks::fdw
