/*
 * The columns in the INSERTs and UPDATEs that postgres_fdw writes, and the same statements with
 * some of them left to the remote's defaults.
 *
 * The texts are only touched where they are, to the letter, what they must be.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fdw/left_out.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* A column as postgres_fdw writes it. */
struct StatementColumn
{
	int number;
	std::string name;
	bool generated;
};

/* Of these attributes of a foreign table, in their order. */
std::vector<StatementColumn> statement_columns(Oid table, const List* attributes);

struct InsertWithout
{
	std::string sql;
	size_t values_end; /* as in postgres_fdw's plan: where the VALUES clause ends */
};

/* The INSERT, whose VALUES clause ends there, without those; nothing where it is not as expected.
 */
std::optional<InsertWithout> insert_without(const std::string& sql, size_t values_end,
                                            const std::vector<StatementColumn>& columns,
                                            const AttributeSet& left_out);

/* The UPDATE of a row that sets those to DEFAULT; nothing where it is not as expected. */
std::optional<std::string> update_to_default(const std::string& sql,
                                             const std::vector<StatementColumn>& columns,
                                             const AttributeSet& defaults);

} // namespace datalinks::fdw
