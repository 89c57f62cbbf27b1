/*
 * Guessing what the remote has renamed: see renames.hpp.
 */
#include "schema/renames.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace datalinks::schema
{

namespace
{

/* The names of what both sides have. */
template <typename Things>
std::set<std::string> common_names(const Things& remote, const Things& local)
{
	std::set<std::string> here, common;
	for (const auto& thing : local)
		here.insert(thing.remote_name);
	for (const auto& thing : remote)
		if (here.contains(thing.remote_name))
			common.insert(thing.remote_name);
	return common;
}

/* The columns that the other side lacks, by the common one before them (empty: none). */
using Gaps = std::map<std::string, std::vector<const Column*>>;

Gaps gaps_in(const Relation& relation, const std::set<std::string>& common)
{
	Gaps gaps;
	std::string before;
	for (const Column& column : relation.columns)
	{
		if (common.contains(column.remote_name))
			before = column.remote_name;
		else
			gaps[before].push_back(&column);
	}
	return gaps;
}

bool same_type(const Column& a, const Column& b)
{
	return std::tie(a.type, a.collation, a.computed) == std::tie(b.type, b.collation, b.computed);
}

bool same_columns(const Relation& a, const Relation& b)
{
	return a.options == b.options &&
	       std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
	                  [](const Column& one, const Column& other) {
		                  return one.remote_name == other.remote_name && same_type(one, other);
	                  });
}

/* The relations that the other side lacks, by the names of their columns, to be compared by few. */
using Shapes = std::map<std::vector<std::string>, std::vector<const Relation*>>;

Shapes shapes_in(const Relations& relations, const std::set<std::string>& common)
{
	Shapes shapes;
	for (const Relation& relation : relations)
	{
		if (common.contains(relation.remote_name) || relation.columns.empty())
			continue;
		std::vector<std::string> names;
		for (const Column& column : relation.columns)
			names.push_back(column.remote_name);
		shapes[names].push_back(&relation);
	}
	return shapes;
}

} // namespace

RenamedColumns renamed_columns(const Relation& remote, const Relation& local)
{
	const auto common = common_names(remote.columns, local.columns);
	const Gaps there = gaps_in(remote, common);
	RenamedColumns renamed;
	for (const auto& [before, gone] : gaps_in(local, common))
	{
		const auto added = there.find(before);
		if (added == there.end() || added->second.size() != gone.size())
			continue;
		for (size_t i = 0; i < gone.size(); ++i)
			if (same_type(*gone[i], *added->second[i]))
				renamed.emplace_back(gone[i], added->second[i]);
	}
	return renamed;
}

RenamedRelations renamed_relations(const Relations& remote, const Relations& local)
{
	const auto common = common_names(remote, local);
	const Shapes there = shapes_in(remote, common);
	RenamedRelations renamed;
	for (const auto& [names, gone] : shapes_in(local, common))
	{
		const auto added = there.find(names);
		if (gone.size() == 1 && added != there.end() && added->second.size() == 1 &&
		    same_columns(*gone[0], *added->second[0]))
			renamed.emplace_back(gone[0], added->second[0]);
	}
	return renamed;
}

} // namespace datalinks::schema
