/*
 * The difference between a remote and a link's schema: see diff.hpp.
 */
#include "schema/diff.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "schema/renames.hpp"

namespace datalinks::schema
{

namespace
{

Change change_of(Change::Kind kind, const Relation& relation)
{
	Change change{};
	change.kind = kind;
	/* The columns of a table that stays are of no interest, and there may be many. */
	change.relation = {relation.name, relation.remote_name, relation.options, {}};
	return change;
}

Change change_of(Change::Kind kind, const Relation& relation, const Column& before,
                 const Column& after)
{
	Change change = change_of(kind, relation);
	change.before = before;
	change.after = after;
	/* What the user named here keeps its name. */
	if (!before.name.empty())
		change.after.name = before.name;
	return change;
}

void diff_options(Changes& changes, const Relation& remote, const Relation& local)
{
	std::set<std::string> names;
	for (const auto& [name, value] : remote.options)
		names.insert(name);
	for (const auto& [name, value] : local.options)
		names.insert(name);
	const auto value_in = [](const TableOptions& options, const std::string& name) {
		const auto found = options.find(name);
		return found == options.end() ? std::string() : found->second;
	};
	for (const std::string& name : names)
	{
		const std::string before = value_in(local.options, name);
		const std::string after = value_in(remote.options, name);
		if (before == after)
			continue;
		Change change = change_of(Change::option_changed, local);
		change.name = name;
		change.old_value = before;
		change.new_value = after;
		changes.push_back(std::move(change));
	}
}

/* A column that both sides have. */
void diff_column(Changes& changes, const Relation& table, const Column& local, const Column& remote)
{
	const bool retyped = local.type != remote.type || local.collation != remote.collation;
	if (remote.computed && (retyped || !local.computed))
	{
		changes.push_back(change_of(Change::column_replaced, table, local, remote));
		return;
	}
	if (local.computed && !remote.computed)
		changes.push_back(change_of(Change::column_released, table, local, remote));
	if (retyped)
		changes.push_back(change_of(Change::column_retyped, table, local, remote));
	if (local.not_null != remote.not_null)
		changes.push_back(change_of(Change::not_null_changed, table, local, remote));
}

/* A table that both sides have. */
void diff_table(Changes& changes, const Relation& remote, const Relation& local)
{
	diff_options(changes, remote, local);
	std::map<std::string, const Column*> here;
	for (const Column& column : local.columns)
		here.emplace(column.remote_name, &column);
	std::set<std::string> there;
	for (const Column& column : remote.columns)
		there.insert(column.remote_name);

	for (const auto& [before, after] : renamed_columns(remote, local))
	{
		changes.push_back(change_of(Change::column_renamed, local, *before, *after));
		changes.back().after.name = after->name;
	}
	/* Removed ones first: an added one may want the name. */
	for (const Column& column : local.columns)
		if (!there.contains(column.remote_name))
			changes.push_back(change_of(Change::column_removed, local, column, Column()));
	for (const Column& column : remote.columns)
	{
		const auto found = here.find(column.remote_name);
		if (found == here.end())
			changes.push_back(change_of(Change::column_added, local, Column(), column));
		else
			diff_column(changes, local, *found->second, column);
	}
}

} // namespace

Changes diff(const Relations& remote, const Relations& local)
{
	std::map<std::string, const Relation*> here;
	for (const Relation& relation : local)
		here.emplace(relation.remote_name, &relation);

	Changes changes;
	for (const Relation& relation : remote)
	{
		const auto found = here.find(relation.remote_name);
		if (found == here.end())
		{
			Change change = change_of(Change::table_added, relation);
			change.relation = relation;
			changes.push_back(std::move(change));
			continue;
		}
		diff_table(changes, relation, *found->second);
	}
	for (const auto& [before, after] : renamed_relations(remote, local))
	{
		changes.push_back(change_of(Change::table_renamed, *before));
		changes.back().new_value = after->remote_name;
	}
	std::set<std::string> there;
	for (const Relation& relation : remote)
		there.insert(relation.remote_name);
	for (const Relation& relation : local)
		if (!there.contains(relation.remote_name))
		{
			changes.push_back(change_of(Change::table_removed, relation));
			changes.back().relation = relation;
		}
	std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
		return a.relation.remote_name < b.relation.remote_name;
	});
	return changes;
}

namespace
{

/* The labels of one enum that the local type lacks. */
void diff_labels(Changes& changes, const Enumeration& remote, const Enumeration& local)
{
	std::set<std::string> here(local.labels.begin(), local.labels.end());
	std::string previous;
	for (auto label = remote.labels.begin(); label != remote.labels.end(); ++label)
	{
		if (here.insert(*label).second)
		{
			Change change{};
			change.kind = Change::label_added;
			change.name = local.type;
			change.new_value = *label;
			/* Before all that are here, where none precedes it. */
			const auto next = std::find_if(label, remote.labels.end(), [&](const auto& other) {
				return other != *label && here.contains(other);
			});
			change.after_neighbour = !previous.empty() || next == remote.labels.end();
			change.old_value = change.after_neighbour ? previous : *next;
			change.applicable = local.made_by_link;
			if (!change.applicable)
				change.obstacle = "type " + local.type + ", which this link did not make";
			changes.push_back(std::move(change));
		}
		previous = *label;
	}
}

} // namespace

Changes diff(const Enumerations& remote, const Enumerations& local)
{
	Changes changes;
	for (const Enumeration& there : remote)
		for (const Enumeration& here : local)
			if (there.type == here.type)
				diff_labels(changes, there, here);
	return changes;
}

Change of_schema(Change::Kind kind, const std::string& schema, const std::string& remote_schema)
{
	Change change{};
	change.kind = kind;
	change.relation.schema = schema;
	change.relation.remote_schema = remote_schema;
	return change;
}

Change made(const std::string& type)
{
	Change change{};
	change.kind = Change::type_made;
	change.name = type;
	return change;
}

Change unusable(const std::string& remedy)
{
	Change change{};
	change.kind = Change::schema_unusable;
	change.new_value = remedy;
	change.applicable = false;
	change.obstacle = "the privileges of the remote's role";
	return change;
}

namespace
{

/* What a change is of, and whether there is anything to be done about it. */
enum class Nature
{
	new_table,
	of_table,
	of_schema,
	of_type,
	type_remark,
	remark,
	guess /* a remark, too */
};

Nature nature_of(const Change& change)
{
	switch (change.kind)
	{
	case Change::table_added:
		return Nature::new_table;
	case Change::table_removed:
	case Change::option_changed:
	case Change::column_added:
	case Change::column_removed:
	case Change::column_retyped:
	case Change::column_replaced:
	case Change::column_released:
	case Change::not_null_changed:
		return Nature::of_table;
	case Change::schema_added:
	case Change::schema_removed:
		return Nature::of_schema;
	case Change::label_added:
	case Change::type_altered:
	case Change::type_unfit:
		return Nature::of_type;
	case Change::type_made:
		return Nature::type_remark;
	case Change::schema_unusable:
		return Nature::remark;
	case Change::column_renamed:
	case Change::table_renamed:
		return Nature::guess;
	}
	return Nature::remark;
}

} // namespace

bool is_guess(const Change& change)
{
	return nature_of(change) == Nature::guess;
}

bool is_remark(const Change& change)
{
	const Nature nature = nature_of(change);
	return nature == Nature::guess || nature == Nature::remark || nature == Nature::type_remark;
}

bool touches_table(const Change& change)
{
	return nature_of(change) == Nature::of_table;
}

bool is_of_schema(const Change& change)
{
	return nature_of(change) == Nature::of_schema;
}

bool is_of_type(const Change& change)
{
	const Nature nature = nature_of(change);
	return nature == Nature::of_type || nature == Nature::type_remark;
}

bool is_destructive(const Change& change)
{
	switch (change.kind)
	{
	case Change::table_removed:
	case Change::column_removed:
	case Change::column_retyped:
	case Change::column_replaced:
	case Change::schema_removed:
		return true;
	case Change::type_altered:
		return !change.alteration.dropped.empty();
	case Change::table_added:
	case Change::schema_added:
	case Change::option_changed:
	case Change::column_added:
	case Change::column_released:
	case Change::not_null_changed:
	case Change::label_added:
	case Change::type_unfit:
	case Change::column_renamed:
	case Change::table_renamed:
	case Change::type_made:
	case Change::schema_unusable:
		return false;
	}
	return false;
}

} // namespace datalinks::schema
