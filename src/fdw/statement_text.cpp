/*
 * The text of the running statement: see statement_text.hpp.
 */
#include "fdw/statement_text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

namespace
{

/*
 * Appends the VALUES, or the assignments of an UPDATE (the tag tells which), of a parsed statement,
 * and of those in its WITH.
 */
List* add_values_of(List* found, const Node* statement, NodeTag tag)
{
	const WithClause* with = nullptr;
	if (statement != nullptr && IsA(statement, InsertStmt))
	{
		const auto* insert = reinterpret_cast<const InsertStmt*>(statement);
		const auto* select = reinterpret_cast<const SelectStmt*>(insert->selectStmt);
		with = insert->withClause;
		if (tag == T_InsertStmt && select != nullptr && select->valuesLists != NIL)
			found = lappend(found, select->valuesLists);
	}
	else if (statement != nullptr && IsA(statement, UpdateStmt))
	{
		const auto* update = reinterpret_cast<const UpdateStmt*>(statement);
		with = update->withClause;
		if (tag == T_UpdateStmt)
			found = lappend(found, update->targetList);
	}
	else if (statement != nullptr && IsA(statement, SelectStmt))
		with = reinterpret_cast<const SelectStmt*>(statement)->withClause;
	else if (statement != nullptr && IsA(statement, ExplainStmt))
		return add_values_of(found, reinterpret_cast<const ExplainStmt*>(statement)->query, tag);
	else if (statement != nullptr && IsA(statement, ExecuteStmt))
	{
		const char* name = reinterpret_cast<const ExecuteStmt*>(statement)->name;
		const PreparedStatement* prepared = FetchPreparedStatement(name, false);
		if (prepared != nullptr && prepared->plansource->raw_parse_tree != nullptr)
			return add_values_of(found, prepared->plansource->raw_parse_tree->stmt, tag);
	}
	const ListCell* cell;
	if (with != nullptr)
		foreach (cell, with->ctes)
			found =
			    add_values_of(found, static_cast<CommonTableExpr*>(lfirst(cell))->ctequery, tag);
	return found;
}

/* The words of the innermost statement: what it would put into the CONTEXT of an error. */
const char* text_of_context()
{
	ErrorContextCallback innermost = *error_context_stack;
	innermost.previous = nullptr;
	ErrorContextCallback* all = error_context_stack;
	error_context_stack = &innermost;
	const char* text = GetErrorContextStack();
	error_context_stack = all;
	return text;
}

/* The text of a statement that was prepared in SQL, when this is its EXECUTE. */
const char* text_of_prepared(const char* text)
{
	const ListCell* cell;
	foreach (cell, raw_parser(text, RAW_PARSE_DEFAULT))
	{
		const Node* statement = static_cast<const RawStmt*>(lfirst(cell))->stmt;
		if (!IsA(statement, ExecuteStmt))
			continue;
		const char* name = reinterpret_cast<const ExecuteStmt*>(statement)->name;
		const PreparedStatement* prepared = FetchPreparedStatement(name, false);
		if (prepared != nullptr)
			return prepared->plansource->query_string;
	}
	return text;
}

/*
 * Only a statement that runs by itself is the client's: functions and the like have set up a
 * context for errors.
 */
List* values_of_text(NodeTag tag)
{
	List* found = NIL;
	if (debug_query_string == nullptr || error_context_stack != nullptr)
		return found;
	const ListCell* cell;
	foreach (cell, raw_parser(debug_query_string, RAW_PARSE_DEFAULT))
		found = add_values_of(found, static_cast<const RawStmt*>(lfirst(cell))->stmt, tag);
	return found;
}

/* "(a, b) = (1, DEFAULT)", too. */
bool is_default(const Node* value)
{
	if (value != nullptr && IsA(value, MultiAssignRef))
	{
		const auto* part = reinterpret_cast<const MultiAssignRef*>(value);
		const auto* row = reinterpret_cast<const RowExpr*>(part->source);
		if (!IsA(row, RowExpr) || part->colno > list_length(row->args))
			return false;
		value = static_cast<const Node*>(list_nth(row->args, part->colno - 1));
	}
	return value != nullptr && IsA(value, SetToDefault);
}

} // namespace

List* rows_of_text()
{
	return values_of_text(T_InsertStmt);
}

List* assignments_of_text()
{
	return values_of_text(T_UpdateStmt);
}

bool sets_to_default(const List* assignments, const char* column)
{
	const ListCell* cell;
	foreach (cell, assignments)
	{
		const auto* assignment = static_cast<const ResTarget*>(lfirst(cell));
		if (strcmp(assignment->name, column) == 0)
			return is_default(assignment->val);
	}
	return false;
}

bool text_may_have_default()
{
	const char* text = nullptr;
	if (error_context_stack != nullptr)
		text = text_of_context();
	else if (debug_query_string != nullptr)
		text = text_of_prepared(debug_query_string);
	return text == nullptr || strcasestr(text, "default") != nullptr;
}

} // namespace datalinks::fdw
