/*
 * The views of a union: see union_views.hpp.
 */
#include "sync/union_views.hpp"

#include <algorithm>
#include <set>

#include "postgres/guard.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/standing_views.hpp"
#include "sync/union_query.hpp"

namespace datalinks::sync
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::Union;
using pg::AnalyzedQuery;
using pg::ResultColumn;
using schema::compose;
using schema::join;
using schema::quote_identifier;

std::string object_of(const Union& unified, const std::string& view, const std::string& column = "")
{
	const std::string object = unified.name + "." + schema::quote_where_needed(view);
	return column.empty() ? object : object + "." + schema::quote_where_needed(column);
}

const ResultColumn* find_column(const std::vector<ResultColumn>& columns, const std::string& name)
{
	const auto found = std::find_if(columns.begin(), columns.end(),
	                                [&](const auto& column) { return column.name == name; });
	return found == columns.end() ? nullptr : &*found;
}

std::vector<UnionRow> column_rows(const Union& unified, const std::string& view,
                                  const std::vector<ResultColumn>& before,
                                  const std::vector<ResultColumn>& after)
{
	std::vector<UnionRow> rows;
	for (const ResultColumn& column : before)
	{
		const std::string object = object_of(unified, view, column.name);
		const ResultColumn* now = find_column(after, column.name);
		if (now == nullptr)
			rows.push_back({object, "column removed", shown_type(column.type)});
		else if (now->type != column.type)
			rows.push_back(
			    {object, "type changed",
			     compose("from %1% to %2%", shown_type(column.type), shown_type(now->type))});
	}
	for (const ResultColumn& column : after)
		if (find_column(before, column.name) == nullptr)
			rows.push_back(
			    {object_of(unified, view, column.name), "column added", shown_type(column.type)});
	return rows;
}

/* "with shop3; without shop1"; empty where the links are the same. */
std::string links_changed(const std::vector<std::string>& before,
                          const std::vector<std::string>& after)
{
	const std::set<std::string> old(before.begin(), before.end());
	const std::set<std::string> now(after.begin(), after.end());
	std::vector<std::string> with, without, texts;
	std::set_difference(now.begin(), now.end(), old.begin(), old.end(), std::back_inserter(with));
	std::set_difference(old.begin(), old.end(), now.begin(), now.end(),
	                    std::back_inserter(without));
	if (!with.empty())
		texts.push_back("with " + join(with, ", "));
	if (!without.empty())
		texts.push_back("without " + join(without, ", "));
	return join(texts, "; ");
}

/* CREATE OR REPLACE VIEW can only add columns, at the end. */
bool can_replace(const std::vector<ResultColumn>& before, const std::vector<ResultColumn>& after)
{
	return before.size() <= after.size() &&
	       std::equal(
	           before.begin(), before.end(), after.begin(),
	           [](const auto& a, const auto& b) { return a.name == b.name && a.type == b.type; });
}

ViewChange change_of(ViewChange::Action action, const std::string& view)
{
	ViewChange change{};
	change.action = action;
	change.view = view;
	return change;
}

ViewChange created(const Union& unified, const std::string& table, const UnionQuery& query,
                   const AnalyzedQuery& analyzed)
{
	ViewChange change = change_of(ViewChange::create, table);
	change.query = query.sql;
	change.rows.push_back({object_of(unified, table), "table added",
	                       compose("view of %1% columns over %2%", analyzed.columns.size(),
	                               join(query.links, ", "))});
	return change;
}

/* How a view of the union's is to change; nothing where it is as it should be. */
std::optional<ViewChange> changed(const Union& unified, const std::string& table,
                                  const UnionQuery& query, const AnalyzedQuery& analyzed,
                                  const StandingView& view)
{
	const bool replaceable = can_replace(view.columns, analyzed.columns);
	const std::string links = links_changed(view.links, query.links);
	/* Of a link that is taken out, nothing need be readable any more. */
	if (replaceable && view.columns.size() == analyzed.columns.size() && links.empty() &&
	    !view.query.empty() && pg::analyze_query(view.query).text == analyzed.text)
		return std::nullopt;
	ViewChange change = change_of(replaceable ? ViewChange::replace : ViewChange::rebuild, table);
	change.query = query.sql;
	change.options = view.options;
	change.rows = column_rows(unified, table, view.columns, analyzed.columns);
	if (!links.empty())
		change.rows.push_back({object_of(unified, table), "links changed", links});
	if (change.rows.empty())
		change.rows.push_back({object_of(unified, table), "definition changed", ""});
	return change;
}

std::vector<std::string> names_of(const std::vector<ResultColumn>& columns)
{
	std::vector<std::string> names;
	for (const ResultColumn& column : columns)
		names.push_back(column.name);
	return names;
}

/* Views that no link has a table for any more. */
void add_removed(UnionDrift& drift, const Union& unified, const MemberTables& tables,
                 const std::map<std::string, StandingView>& standing)
{
	for (const auto& [name, view] : standing)
		if (view.own && !tables.contains(name))
		{
			ViewChange change = change_of(ViewChange::remove, name);
			change.rows.push_back({object_of(unified, name), "table removed",
			                       compose("view of %1% columns", view.columns.size())});
			drift.changes.push_back(std::move(change));
		}
}

void find_blockers(UnionDrift& drift, const Union& unified)
{
	const unsigned schema = link::own_schema_of(unified);
	for (ViewChange& change : drift.changes)
		if (change.action == ViewChange::rebuild || change.action == ViewChange::remove)
			change.blockers = dependents_of(schema, change.view, "");
}

} // namespace

UnionDrift find_union_drift(const Union& unified, const std::vector<std::string>& welcome)
{
	Members members = members_of(unified, welcome);
	const MemberTables tables = tables_of(members, unified);
	const auto standing = standing_views(unified);
	UnionDrift drift;
	drift.absent = std::move(members.absent);
	for (const auto& [table, parts] : tables)
	{
		const auto view = standing.find(table);
		const bool own = view != standing.end() && view->second.own;
		const UnionQuery query =
		    union_query(unified, table, parts,
		                own ? names_of(view->second.columns) : std::vector<std::string>());
		drift.conflicts.insert(drift.conflicts.end(), query.conflicts.begin(),
		                       query.conflicts.end());
		const AnalyzedQuery analyzed = pg::analyze_query(query.sql);
		if (own)
		{
			if (auto change = changed(unified, table, query, analyzed, view->second))
				drift.changes.push_back(std::move(*change));
			continue;
		}
		drift.changes.push_back(created(unified, table, query, analyzed));
		if (view != standing.end())
			drift.changes.back().obstacle = view->second.described;
	}
	add_removed(drift, unified, tables, standing);
	find_blockers(drift, unified);
	return drift;
}

namespace
{

void require_no_conflicts(const Union& unified, const UnionDrift& drift)
{
	if (drift.conflicts.empty())
		return;
	const std::string detail = join(drift.conflicts, "\n");
	if (unified.settings.skip_conflicts)
	{
		pg::notice(compose("data link union \"%1%\" leaves out columns", unified.name), detail);
		return;
	}
	throw pg::Failure(
	    sqlstate::datatype_mismatch,
	    compose("columns of data link union \"%1%\" have no common type", unified.name))
	    .detail(detail)
	    .hint("A union made with skip_conflicts => true leaves them out.");
}

void require_present(const Union& unified, const UnionDrift& drift)
{
	if (drift.absent.empty())
		return;
	std::vector<std::string> reasons;
	for (const Absent& absent : drift.absent)
		reasons.push_back(absent.reason);
	throw pg::Failure(sqlstate::object_not_in_prerequisite_state,
	                  compose("links of data link union \"%1%\" are missing", unified.name))
	    .detail(join(reasons, "\n"))
	    .hint("datalink_union_remove() takes a link out for good, skip_blocked => true until it is "
	          "back.");
}

std::string text_of(const ViewChange& change)
{
	if (!change.obstacle.empty())
		return compose("%1% has the name of a table of the links.", change.obstacle);
	return compose("View %1% cannot change in place, and is used by %2%.", change.rows[0].object,
	               join(texts_of(change.blockers), ", "));
}

void require_unblocked(const Union& unified, const UnionDrift& drift, bool cascade)
{
	std::vector<std::string> lines;
	for (const ViewChange& change : drift.changes)
		if (!change.obstacle.empty() || (!cascade && !change.blockers.empty()))
			lines.push_back(text_of(change));
	if (!lines.empty())
		throw pg::Failure(sqlstate::dependent_objects_still_exist,
		                  compose("cannot change data link union \"%1%\" because other objects are "
		                          "in the way",
		                          unified.name))
		    .detail(join(lines, "\n"))
		    .hint("cascade => true drops what was built on the views; datalink_refresh(name, "
		          "skip_blocked => true) leaves these views as they are.");
}

/* The server's own notices would name every object once more. */
void execute(const std::vector<std::string>& statements)
{
	pg::SettingScope settings;
	settings.set("client_min_messages", "warning");
	for (const std::string& statement : statements)
		spi::execute(statement);
}

void apply(const Union& unified, const ViewChange& change, bool cascade)
{
	const std::string view = quote_identifier(unified.name) + "." + quote_identifier(change.view);
	const std::string drop = compose("DROP VIEW %1% %2%", view, cascade ? "CASCADE" : "RESTRICT");
	const std::string make = compose(
	    "CREATE %1%VIEW %2%%3% AS %4%", change.action == ViewChange::replace ? "OR REPLACE " : "",
	    view, change.options.empty() ? "" : " WITH (" + change.options + ")", change.query);
	switch (change.action)
	{
	case ViewChange::remove:
		execute({drop});
		break;
	case ViewChange::rebuild:
	{
		const auto restoring =
		    restoring_statements(unified, change.view, pg::analyze_query(change.query).columns);
		execute({drop, make});
		execute(revoking_statements(unified, change.view));
		execute(restoring);
		break;
	}
	case ViewChange::create:
	case ViewChange::replace:
		execute({make});
		break;
	}
}

bool is_blocked(const ViewChange& change, bool cascade)
{
	return !change.obstacle.empty() || (!cascade && !change.blockers.empty());
}

/* The names of the union's views after these changes. */
std::vector<std::string> views_after(const Union& unified, const std::vector<ViewChange>& applied)
{
	/* Of those that are gone, by whatever way, none is the union's any more. */
	std::set<std::string> names;
	for (const auto& [name, view] : standing_views(unified))
		if (view.own)
			names.insert(name);
	for (const ViewChange& change : applied)
		if (change.action != ViewChange::remove)
			names.insert(change.view);
	return {names.begin(), names.end()};
}

} // namespace

UnionDrift bring_up_union(const Union& unified, const UnionBringUp& options)
{
	UnionDrift drift;
	const auto find = [&] {
		drift = find_union_drift(unified, options.welcome);
		Dependents blockers;
		for (const ViewChange& change : drift.changes)
			blockers.insert(blockers.end(), change.blockers.begin(), change.blockers.end());
		return blockers;
	};
	const Dependents dropped = options.cascade ? locked(find) : find();
	if (!options.skip_blocked && !options.take_absent)
		require_present(unified, drift);
	require_no_conflicts(unified, drift);
	if (!options.skip_blocked)
		require_unblocked(unified, drift, options.cascade);
	std::vector<ViewChange> applied;
	for (const ViewChange& change : drift.changes)
		if (!is_blocked(change, options.cascade))
		{
			apply(unified, change, options.cascade);
			applied.push_back(change);
		}
	link::UnionSettings settings = unified.settings;
	settings.views = views_after(unified, applied);
	link::alter_union(unified, settings);
	if (!dropped.empty())
		pg::notice(compose("changing data link union \"%1%\" dropped what was built on its views",
		                   unified.name),
		           join(texts_of(dropped), "\n"));
	return drift;
}

} // namespace datalinks::sync
