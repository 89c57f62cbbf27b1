/*
 * Queries as views hold them, and the types that a UNION gives its columns.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace datalinks::pg
{

/* The type of a value: OIDs of type and collation (0: none). */
struct ValueType
{
	unsigned type;
	int typmod; /* -1: none */
	unsigned collation;

	bool operator==(const ValueType&) const = default;
};

/*
 * The type to which UNION would bring values of these; its collation is 0. Nothing where it would
 * fail.
 */
std::optional<ValueType> common_type(const std::vector<ValueType>& types);

/* Whether UNION would not know by which collation to compare values of these. */
bool collations_conflict(const std::vector<ValueType>& types);

struct ResultColumn
{
	std::string name;
	ValueType type;
};

/* A query as the server understands it. */
struct AnalyzedQuery
{
	std::string text; /* as the server prints it: two that mean the same have the same text */
	std::vector<ResultColumn> columns;
};

/*
 * Analyzes one SELECT, as CREATE VIEW does: nothing of it runs. Throws what that raises, with the
 * current user's rights on the schemas.
 */
AnalyzedQuery analyze_query(const std::string& sql);

} // namespace datalinks::pg
