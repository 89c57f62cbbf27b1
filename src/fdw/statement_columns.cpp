/*
 * Columns in statements: see statement_columns.hpp.
 */
#include <algorithm>

#include "postgres/guard.hpp"
#include "schema/parameters.hpp"
#include "schema/text.hpp"

#include "fdw/remote_names.hpp"
#include "fdw/statement_columns.hpp"

namespace datalinks::fdw
{

using schema::join;

namespace
{

bool holds(const AttributeSet& set, const StatementColumn& column)
{
	return std::binary_search(set.begin(), set.end(), column.number);
}

/* "(a, b) VALUES ($1, DEFAULT)", or " DEFAULT VALUES": deparseInsertSql of postgres_fdw. */
std::string values_clause(const std::vector<StatementColumn>& columns, const AttributeSet& left_out)
{
	std::vector<std::string> names, values;
	int parameter = 0;
	for (const StatementColumn& column : columns)
	{
		if (holds(left_out, column))
			continue;
		names.push_back(column.name);
		values.push_back(column.generated ? "DEFAULT" : "$" + std::to_string(++parameter));
	}
	if (names.empty())
		return " DEFAULT VALUES";
	return "(" + join(names, ", ") + ") VALUES (" + join(values, ", ") + ")";
}

/* " SET a = $2, b = DEFAULT WHERE ": deparseUpdateSql of postgres_fdw. */
std::string set_clause(const std::vector<StatementColumn>& columns, const AttributeSet& defaults,
                       int first)
{
	std::vector<std::string> assignments;
	assignments.reserve(columns.size());
	int parameter = first;
	for (const StatementColumn& column : columns)
		assignments.push_back(column.name + " = " +
		                      (column.generated || holds(defaults, column)
		                           ? "DEFAULT"
		                           : "$" + std::to_string(parameter++)));
	return " SET " + join(assignments, ", ") + " WHERE ";
}

/* What follows the columns may have parameters behind theirs: from the first on, they move up. */
std::string moved(const std::string& tail, int first, const std::vector<StatementColumn>& columns,
                  const AttributeSet& left_out)
{
	const auto fewer = std::count_if(columns.begin(), columns.end(), [&](const auto& column) {
		return !column.generated && holds(left_out, column);
	});
	return schema::replace_parameters(tail, [&](int number) {
		return "$" + std::to_string(number < first ? number : number - fewer);
	});
}

} // namespace

std::vector<StatementColumn> statement_columns(Oid table, const List* attributes)
{
	std::vector<StatementColumn> columns;
	columns.reserve(static_cast<size_t>(list_length(attributes)));
	const ListCell* cell;
	foreach (cell, attributes)
	{
		const auto number = static_cast<AttrNumber>(lfirst_int(cell));
		const char* name = pg::call([&] { return remote_column(table, number); });
		const bool generated = pg::call([&] { return get_attgenerated(table, number) != '\0'; });
		columns.push_back({number, name, generated});
	}
	return columns;
}

std::optional<InsertWithout> insert_without(const std::string& sql, size_t values_end,
                                            const std::vector<StatementColumn>& columns,
                                            const AttributeSet& left_out)
{
	const std::string before = values_clause(columns, {});
	if (values_end > sql.size() || values_end < before.size() ||
	    sql.compare(values_end - before.size(), before.size(), before) != 0)
		return std::nullopt;
	const std::string head =
	    sql.substr(0, values_end - before.size()) + values_clause(columns, left_out);
	return InsertWithout{head + moved(sql.substr(values_end), 0, columns, left_out), head.size()};
}

/* The row's key is $1, or takes the first two. */
std::optional<std::string> update_to_default(const std::string& sql,
                                             const std::vector<StatementColumn>& columns,
                                             const AttributeSet& defaults)
{
	for (const int first : {2, 3})
	{
		const std::string before = set_clause(columns, {}, first);
		const auto found = sql.find(before);
		if (found == std::string::npos)
			continue;
		return sql.substr(0, found) + set_clause(columns, defaults, first) +
		       moved(sql.substr(found + before.size()), first, columns, defaults);
	}
	return std::nullopt;
}

} // namespace datalinks::fdw
