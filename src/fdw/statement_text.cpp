/*
 * The text of the running statement: see statement_text.hpp.
 */
#include "fdw/statement_text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

namespace
{

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

} // namespace

/*
 * Only a statement that runs by itself is the client's: functions and the like have set up a
 * context for errors.
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
