/*
 * The query of a view of a union: see union_query.hpp.
 */
#include "sync/union_query.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "postgres/types.hpp"
#include "schema/diff.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::sync
{

namespace
{

using pg::ValueType;
using schema::compose;
using schema::join;
using schema::quote_identifier;

/* The type of a column in each of the links' tables that has it. */
struct Use
{
	std::string link;
	ValueType type;
};

/* A column of the view. */
struct ViewColumn
{
	std::string name;
	ValueType type;
	bool default_collation; /* the links' collations do not agree */
};

std::map<std::string, std::vector<Use>> uses_of(const std::vector<MemberTable>& parts)
{
	std::map<std::string, std::vector<Use>> uses;
	for (const MemberTable& part : parts)
		for (const pg::ResultColumn& column : part.columns)
			uses[column.name].push_back({part.link, column.type});
	return uses;
}

/* The names of all columns, in the order of the view. */
std::vector<std::string> names_of(const std::vector<MemberTable>& parts,
                                  const std::vector<std::string>& before)
{
	const auto uses = uses_of(parts);
	std::vector<std::string> names;
	const auto add = [&](const std::string& name) {
		if (uses.contains(name) && std::find(names.begin(), names.end(), name) == names.end())
			names.push_back(name);
	};
	for (const std::string& name : before)
		add(name);
	for (const MemberTable& part : parts)
		for (const pg::ResultColumn& column : part.columns)
			add(column.name);
	return names;
}

std::vector<ValueType> types_of(const std::vector<Use>& uses)
{
	std::vector<ValueType> types;
	for (const Use& use : uses)
		types.push_back(use.type);
	return types;
}

/* "numeric in shop1, shop3; text in shop2" */
std::string types_by_link(const std::vector<Use>& uses)
{
	std::vector<std::pair<std::string, std::vector<std::string>>> by_type;
	for (const Use& use : uses)
	{
		const std::string type = shown_type(use.type);
		auto found = std::find_if(by_type.begin(), by_type.end(),
		                          [&](const auto& entry) { return entry.first == type; });
		if (found == by_type.end())
		{
			by_type.emplace_back().first = type;
			found = std::prev(by_type.end());
		}
		found->second.push_back(use.link);
	}
	std::vector<std::string> texts;
	for (const auto& [type, links] : by_type)
		texts.push_back(compose("%1% in %2%", type, join(links, ", ")));
	return join(texts, "; ");
}

/* Where it runs, the scan finds by this alias that it may give no rows: see fdw/unreachable.hpp. */
std::string alias_of(const std::string& table, bool skip_unreachable)
{
	if (skip_unreachable)
		return std::string(" AS ") + link::skip_alias;
	/* In a view of 15 these two are the names of other things. */
	if (table == "old" || table == "new")
		return " AS " + quote_identifier(table + "_table");
	return "";
}

std::string value_of(const MemberTable& part, const ViewColumn& column)
{
	const auto found = std::find_if(part.columns.begin(), part.columns.end(),
	                                [&](const auto& own) { return own.name == column.name; });
	const std::string cast = "::" + pg::format_type(column.type.type, column.type.typmod);
	std::string value;
	if (found == part.columns.end())
		value = "NULL" + cast;
	else
		value = quote_identifier(column.name) + (found->type.type == column.type.type ? "" : cast);
	return column.default_collation ? "(" + value + ") COLLATE pg_catalog.\"default\"" : value;
}

std::string branch(const link::Union& unified, const std::string& table, const MemberTable& part,
                   const std::vector<ViewColumn>& columns)
{
	std::vector<std::string> values{compose("%1%::pg_catalog.text AS %2%",
	                                        schema::quote_literal(part.link),
	                                        quote_identifier(unified.settings.source_column))};
	for (const ViewColumn& column : columns)
		values.push_back(
		    compose("%1% AS %2%", value_of(part, column), quote_identifier(column.name)));
	return compose("SELECT %1% FROM %2%.%3%%4%", join(values, ", "), quote_identifier(part.link),
	               quote_identifier(table), alias_of(table, unified.settings.skip_unreachable));
}

} // namespace

std::string shown_type(const ValueType& type)
{
	schema::Column column;
	column.type = pg::format_type(type.type, type.typmod);
	return schema::type_text(column);
}

UnionQuery union_query(const link::Union& unified, const std::string& table,
                       const std::vector<MemberTable>& parts,
                       const std::vector<std::string>& before)
{
	UnionQuery query;
	const auto uses = uses_of(parts);
	std::vector<ViewColumn> columns;
	for (const std::string& name : names_of(parts, before))
	{
		const auto types = types_of(uses.at(name));
		const auto common = pg::common_type(types);
		const std::string shown =
		    schema::quote_where_needed(table) + "." + schema::quote_where_needed(name);
		if (name == unified.settings.source_column)
			query.conflicts.push_back(compose("%1%: has the name of source_column", shown));
		else if (!common)
			query.conflicts.push_back(compose("%1%: %2%", shown, types_by_link(uses.at(name))));
		else
			columns.push_back({name, *common, pg::collations_conflict(types)});
	}
	std::vector<std::string> branches;
	for (const MemberTable& part : parts)
	{
		branches.push_back(branch(unified, table, part, columns));
		query.links.push_back(part.link);
	}
	query.sql = join(branches, " UNION ALL ");
	return query;
}

} // namespace datalinks::sync
