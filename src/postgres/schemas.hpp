/*
 * Schemas, and what stands in them.
 */
#pragma once

#include <map>
#include <string>

namespace datalinks::pg
{

/* 0 when there is no such schema. */
unsigned find_schema(const std::string& name);
/* 0 when the schema is gone. */
unsigned schema_owner(unsigned schema);
/* Whether a foreign table of the server stands in the schema. */
bool holds_table_of(unsigned schema, unsigned server);
/* How many foreign tables the server has, by schema; those without any are left out. */
std::map<unsigned, long> count_tables_of(unsigned server);
/* Whether nothing stands in the schema; default privileges and publications are no contents. */
bool is_empty_schema(unsigned schema);
/* Whether a table has no row that the transaction sees. False where there is no such table. */
bool is_empty_table(const std::string& schema, const std::string& table);

} // namespace datalinks::pg
