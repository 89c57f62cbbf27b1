/*
 * Which relations of a remote are linked.
 */
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace datalinks::remote
{

/* In place of a schema's name: all of the remote's but the system's own. */
inline constexpr const char* all_schemas = "*";

/*
 * At most one of the lists is not empty. Their entries are names of tables; where all schemas are
 * selected, a table in any of them, "schema.table" for one in that schema, and "schema.*" for all
 * that is in it.
 */
struct Selection
{
	std::string schema;
	std::vector<std::string> only;
	std::vector<std::string> except;
	bool names_must_exist; /* a table of either list that there is not is an error */
	/* Where all schemas are selected, those that are read though the role may not use them. */
	std::vector<std::string> linked{};

	bool all() const
	{
		return schema == all_schemas;
	}
};

/*
 * SQL on the remote: whether relation c of schema n is one of the selected by `only`, a parameter
 * ("$2") that is a text[] literal, which may be empty.
 */
std::string is_among_only(const Selection& selection, const char* only);

/* The same: whether the list `except` names it. */
std::string is_excepted(const Selection& selection, const char* except);

/* A list of a selection, to look names up in. It outlives this. */
class NameList
{
public:
	NameList(const Selection& selection, const std::vector<std::string>& names);

	bool holds_relation(const std::string& schema, const std::string& relation) const;
	/* As a whole, by "schema.*". */
	bool holds_schema(const std::string& schema) const;

private:
	bool all_;
	std::unordered_set<std::string_view> names_;
};

} // namespace datalinks::remote
