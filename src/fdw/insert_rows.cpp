/*
 * DEFAULT in several rows of VALUES: see insert_rows.hpp.
 */
#include "fdw/insert_rows.hpp"

#include "postgres/nodes.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

namespace
{

/* A location that no text has; the server takes every negative one for an unknown place. */
constexpr int default_mark = -2;

planner_hook_type next_planner = nullptr;

/* The library may be loaded by the planner itself: that one statement has not been marked. */
bool has_seen_planner = false;

/* The NULL that a value is, under a domain and a change of type's name; else nullptr. */
Const* null_of(Node* node)
{
	while (node != nullptr)
	{
		if (IsA(node, CoerceToDomain))
			node = reinterpret_cast<Node*>(reinterpret_cast<CoerceToDomain*>(node)->arg);
		else if (IsA(node, RelabelType))
			node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
		else
			break;
	}
	if (node == nullptr || !IsA(node, Const))
		return nullptr;
	auto* constant = reinterpret_cast<Const*>(node);
	return constant->constisnull ? constant : nullptr;
}

/* Looks for a node that was parsed from text: a tree that was stored has no locations. */
bool has_location(Node* node, void* context)
{
	if (node == nullptr)
		return false;
	return exprLocation(node) >= 0 || pg::walk_expression(node, has_location, context);
}

/* The VALUES of an INSERT that has them itself: not of a rule, not of a SELECT. */
const RangeTblEntry* values_of(const Query* query)
{
	if (query->commandType != CMD_INSERT || query->querySource != QSRC_ORIGINAL)
		return nullptr;
	const RangeTblEntry* values = nullptr;
	const ListCell* cell;
	foreach (cell, query->rtable)
	{
		const auto* entry = static_cast<const RangeTblEntry*>(lfirst(cell));
		if (entry->rtekind == RTE_SUBQUERY)
			return nullptr;
		if (entry->rtekind == RTE_VALUES)
			values = entry;
	}
	return values;
}

void mark_defaults(const Query* query)
{
	const RangeTblEntry* values = values_of(query);
	if (values != nullptr && has_location(reinterpret_cast<Node*>(values->values_lists), nullptr))
	{
		const ListCell* row;
		const ListCell* value;
		foreach (row, values->values_lists)
			foreach (value, static_cast<const List*>(lfirst(row)))
			{
				Const* constant = null_of(static_cast<Node*>(lfirst(value)));
				if (constant != nullptr && constant->location < 0)
					constant->location = default_mark;
			}
	}
	const ListCell* cell;
	foreach (cell, query->cteList)
		mark_defaults(castNode(Query, static_cast<CommonTableExpr*>(lfirst(cell))->ctequery));
}

PlannedStmt* plan_marked(Query* query, const char* text, int options, ParamListInfo parameters)
{
	has_seen_planner = true;
	mark_defaults(query);
	return next_planner != nullptr ? next_planner(query, text, options, parameters)
	                               : standard_planner(query, text, options, parameters);
}

/* Appends the VALUES of a parsed statement, and of those in its WITH. */
List* add_rows_of(List* found, const Node* statement)
{
	const WithClause* with = nullptr;
	if (statement != nullptr && IsA(statement, InsertStmt))
	{
		const auto* insert = reinterpret_cast<const InsertStmt*>(statement);
		const auto* select = reinterpret_cast<const SelectStmt*>(insert->selectStmt);
		with = insert->withClause;
		if (select != nullptr && select->valuesLists != NIL)
			found = lappend(found, select->valuesLists);
	}
	else if (statement != nullptr && IsA(statement, SelectStmt))
		with = reinterpret_cast<const SelectStmt*>(statement)->withClause;
	else if (statement != nullptr && IsA(statement, ExplainStmt))
		return add_rows_of(found, reinterpret_cast<const ExplainStmt*>(statement)->query);
	else if (statement != nullptr && IsA(statement, ExecuteStmt))
	{
		const char* name = reinterpret_cast<const ExecuteStmt*>(statement)->name;
		const PreparedStatement* prepared = FetchPreparedStatement(name, false);
		if (prepared != nullptr && prepared->plansource->raw_parse_tree != nullptr)
			return add_rows_of(found, prepared->plansource->raw_parse_tree->stmt);
	}
	const ListCell* cell;
	if (with != nullptr)
		foreach (cell, with->ctes)
			found = add_rows_of(found, static_cast<CommonTableExpr*>(lfirst(cell))->ctequery);
	return found;
}

/*
 * The client's statements parsed again. Only one that runs by itself is the client's: functions and
 * the like have set up a context for errors.
 */
List* rows_of_text()
{
	List* found = NIL;
	if (debug_query_string == nullptr || error_context_stack != nullptr)
		return found;
	const ListCell* cell;
	foreach (cell, raw_parser(debug_query_string, RAW_PARSE_DEFAULT))
		found = add_rows_of(found, static_cast<const RawStmt*>(lfirst(cell))->stmt);
	return found;
}

/* Whether these rows, as parsed, have a DEFAULT there. */
bool has_default(const List* rows, int row, int column)
{
	const auto* values = static_cast<const List*>(list_nth(rows, row));
	return column < list_length(values) &&
	       IsA(static_cast<const Node*>(list_nth(values, column)), SetToDefault);
}

} // namespace

void watch_planner()
{
	next_planner = planner_hook;
	planner_hook = plan_marked;
}

WrittenRows::WrittenRows(const Query* query)
{
	if (!has_seen_planner && values_of(query) != nullptr)
		texts_ = rows_of_text();
}

bool WrittenRows::is_default(int row, int column, int rows, const Node* value) const
{
	const Const* constant = null_of(const_cast<Node*>(value));
	if (constant == nullptr || constant->location >= 0)
		return false;
	if (has_seen_planner)
		return constant->location == default_mark;
	/* Of several that it could be, all must say so: a NULL never turns into a default. */
	bool found = false;
	const ListCell* cell;
	foreach (cell, texts_)
	{
		const auto* text = static_cast<const List*>(lfirst(cell));
		if (list_length(text) != rows)
			continue;
		if (!has_default(text, row, column))
			return false;
		found = true;
	}
	return found;
}

} // namespace datalinks::fdw
