/*
 * INSERT through a link: columns that the statement leaves out get the remote's defaults.
 *
 * postgres_fdw plans an INSERT of every column, so that a serial key arrives as NULL. Its plan is a
 * list of five: the remote's SQL, the target attributes, the length of the SQL up to the end of its
 * VALUES clause, whether it returns rows, and which columns it returns. We take the columns that
 * the statement leaves out, out of the first three. The text is only touched where it is, to the
 * letter, what it must be; else the plan stays postgres_fdw's.
 */
#include <string>
#include <vector>

#include "fdw/postgres_fdw.hpp"
#include "fdw/written_values.hpp"
#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/insert.hpp"
#include "fdw/remote_names.hpp"
#include "fdw/upsert.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;
using schema::join;

/* A column as postgres_fdw writes it into an INSERT. */
struct InsertColumn
{
	int number;
	std::string name;
	bool generated;
	bool omitted;
};

/* What a VALUES list of several rows has for this entry of the target list. Server code. */
Written written_in(const Query* query, const WrittenValues& values, const TargetEntry* entry)
{
	Node* expression = reinterpret_cast<Node*>(entry->expr);
	if (expression == nullptr || !IsA(expression, Var))
		return Written::value;
	const auto* variable = reinterpret_cast<const Var*>(expression);
	if (variable->varlevelsup != 0 || variable->varno < 1 ||
	    variable->varno > list_length(query->rtable))
		return Written::value;
	const RangeTblEntry* rows = rt_fetch(variable->varno, query->rtable);
	if (rows->rtekind != RTE_VALUES)
		return Written::value;
	return values.in_column(rows->values_lists, variable->varattno - 1);
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

/* Whether the statement leaves the column to the remote. */
bool is_omitted(const Query* query, const WrittenValues& values, const InsertColumn& column)
{
	const TargetEntry* entry = entry_of(query, column.number);
	if (entry == nullptr)
		return !column.generated;
	const Written written = pg::call([&] { return written_in(query, values, entry); });
	require_known(written, column.name);
	return written == Written::as_default;
}

std::vector<InsertColumn> columns_of(Oid table, const List* attributes)
{
	std::vector<InsertColumn> columns;
	columns.reserve(static_cast<size_t>(list_length(attributes)));
	const ListCell* cell;
	foreach (cell, attributes)
	{
		const auto number = static_cast<AttrNumber>(lfirst_int(cell));
		const char* name = pg::call([&] { return remote_column(table, number); });
		const bool generated = pg::call([&] { return get_attgenerated(table, number) != '\0'; });
		columns.push_back({number, name, generated, false});
	}
	return columns;
}

/* "(a, b) VALUES ($1, DEFAULT)", or " DEFAULT VALUES": deparseInsertSql of postgres_fdw. */
std::string values_clause(const std::vector<InsertColumn>& columns)
{
	std::vector<std::string> names, values;
	int parameter = 0;
	for (const InsertColumn& column : columns)
	{
		if (column.omitted)
			continue;
		names.push_back(column.name);
		values.push_back(column.generated ? "DEFAULT" : "$" + std::to_string(++parameter));
	}
	if (names.empty())
		return " DEFAULT VALUES";
	return "(" + join(names, ", ") + ") VALUES (" + join(values, ", ") + ")";
}

/* Whether the list is of the shape that postgres_fdw gave it in 15 to 18. */
bool has_known_shape(const List* plan)
{
	return list_length(plan) == 5 && IsA(linitial(plan), String) &&
	       (lsecond(plan) == nullptr || IsA(lsecond(plan), IntList)) &&
	       IsA(lthird(plan), Integer) && IsA(lfourth(plan), Boolean);
}

/* Takes the omitted columns out of the plan. Returns false for a text that is not as expected.
 */
bool take_out(List* plan, std::vector<InsertColumn>& columns, const std::vector<bool>& omitted)
{
	const std::string sql = strVal(linitial(plan));
	const auto end = static_cast<size_t>(intVal(lthird(plan)));
	const std::string before = values_clause(columns);
	if (end > sql.size() || end < before.size() ||
	    sql.compare(end - before.size(), before.size(), before) != 0)
		return false;
	for (size_t i = 0; i < columns.size(); ++i)
		columns[i].omitted = omitted[i];
	const std::string head = sql.substr(0, end - before.size()) + values_clause(columns);
	const std::string text = head + sql.substr(end);
	pg::call([&] {
		List* attributes = NIL;
		for (const InsertColumn& column : columns)
			if (!column.omitted)
				attributes = lappend_int(attributes, column.number);
		linitial(plan) = makeString(pstrdup(text.c_str()));
		lsecond(plan) = attributes;
		lthird(plan) = makeInteger(static_cast<int>(head.size()));
	});
	return true;
}

/* A trigger here may set any column: then all of them are sent, as postgres_fdw does. */
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

void leave_out_omitted(List* plan, const PlannerInfo* root, Oid table)
{
	if (!has_known_shape(plan))
	{
		pg::debug("postgres_fdw's plan of an INSERT is not as expected; all columns are sent");
		return;
	}
	if (has_insert_trigger(table))
		return;
	auto columns = columns_of(table, static_cast<const List*>(lsecond(plan)));
	const WrittenValues values = pg::call([&] { return WrittenValues(root->parse); });
	std::vector<bool> omitted;
	bool any = false;
	for (const InsertColumn& column : columns)
	{
		omitted.push_back(is_omitted(root->parse, values, column));
		any = any || omitted.back();
	}
	if (any && !take_out(plan, columns, omitted))
		pg::debug("postgres_fdw's text of an INSERT is not as expected; all columns are sent");
}

/* The remote would be sent NULL: postgres_fdw knows no DEFAULT. */
void refuse_default(const Query* query)
{
	const WrittenValues values = pg::call([&] { return WrittenValues(query); });
	const ListCell* cell;
	foreach (cell, query->targetList)
	{
		const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
		const auto* value = reinterpret_cast<const Node*>(entry->expr);
		const Written written = pg::call([&] { return values.in_update(value); });
		if (entry->resjunk || written == Written::value)
			continue;
		throw pg::Failure(pg::sqlstate::feature_not_supported,
		                  compose("cannot set column \"%1%\" of a data link's table to DEFAULT",
		                          entry->resname != nullptr ? entry->resname : ""))
		    .hint("Give the value itself, or give the column a default here: ALTER FOREIGN TABLE "
		          "... ALTER COLUMN ... SET DEFAULT ...");
	}
}

} // namespace

List* plan_foreign_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                          int subplan_index)
{
	if (plan->operation == CMD_UPDATE)
		pg::entry([&] { refuse_default(root->parse); });
	List* planned = postgres_fdw().PlanForeignModify(root, plan, result_relation, subplan_index);
	if (plan->operation == CMD_INSERT)
		pg::entry([&] {
			const Oid table = planner_rt_fetch(result_relation, root)->relid;
			leave_out_omitted(planned, root, table);
			ship_conflict(planned, root, plan, table);
		});
	return planned;
}

bool plan_direct_modify(PlannerInfo* root, ModifyTable* plan, Index result_relation,
                        int subplan_index)
{
	if (plan->operation == CMD_UPDATE)
		pg::entry([&] { refuse_default(root->parse); });
	return postgres_fdw().PlanDirectModify(root, plan, result_relation, subplan_index);
}

} // namespace datalinks::fdw
