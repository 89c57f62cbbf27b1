/*
 * Drift and refresh: see refresh.hpp.
 */
#include "link/refresh.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "link/apply.hpp"
#include "link/connect.hpp"
#include "link/grants.hpp"
#include "link/local_reader.hpp"
#include "link/lock_table.hpp"
#include "link/operation.hpp"
#include "link/rights.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/statements.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

namespace sqlstate = pg::sqlstate;
using schema::Change;
using schema::compose;
using schema::join;

/* Each column of the row a change may be blocked by; a table that goes takes its columns along. */
Dependents blockers_of(const Link& link, const Change& change)
{
	if (!schema::is_destructive(change))
		return {};
	Dependents blockers = dependents_of(link, change.relation.name, change.before.name);
	/* A column that is only retyped keeps these: the server makes them anew. */
	if (change.kind == Change::column_retyped)
		std::erase_if(blockers, [](const Dependent& dependent) {
			return dependent.type == "table constraint" || dependent.type == "statistics object";
		});
	return blockers;
}

/* Whose privileges are lost with what is dropped. */
std::vector<std::string> holders_of(const Link& link, const Change& change)
{
	if (!schema::is_destructive(change) || change.kind == Change::column_retyped)
		return {};
	return holders_on(link, change.relation.name, change.before.name);
}

/* A remote that suddenly shows little of what is linked is more likely the wrong one. */
void require_plausible(const Link& link, const std::vector<Drift>& drift,
                       const schema::Relations& local)
{
	const auto gone =
	    static_cast<size_t>(std::count_if(drift.begin(), drift.end(), [](const Drift& row) {
		    return row.change.kind == Change::table_removed;
	    }));
	if (gone == 0 || 2 * gone <= local.size())
		return;
	throw pg::Failure(sqlstate::object_not_in_prerequisite_state,
	                  compose("the remote shows only %1% of the %2% tables of data link \"%3%\"",
	                          local.size() - gone, local.size(), link.name))
	    .detail("This may be another database than it was, or the role may have lost its rights.")
	    .hint("datalink_refresh(name, force => true) drops the foreign tables all the same.");
}

bool is_blocked(const Drift& row)
{
	return !row.blockers.empty() || !row.change.applicable;
}

/* The views that block retypes; nothing where anything else is in the way of any change, too. */
std::vector<std::string> views_in_the_way(const std::vector<Drift>& drift)
{
	std::set<std::string> views;
	for (const Drift& row : drift)
		for (const Dependent& blocker : row.blockers)
		{
			if (row.change.kind != Change::column_retyped || blocker.type != "view")
				return {};
			views.insert(blocker.identity);
		}
	return {views.begin(), views.end()};
}

/* A script that takes the views away and brings them back, each after those that it uses. */
std::string rebuild_script(const Link& link, const std::vector<std::string>& views)
{
	static const char* const query =
	    "WITH RECURSIVE views AS (SELECT name::pg_catalog.regclass AS oid"
	    "  FROM pg_catalog.unnest($1::pg_catalog.text[]) name),"
	    " uses AS (SELECT r.ev_class AS view, d.refobjid AS used"
	    "  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid"
	    "  JOIN views ON views.oid = r.ev_class"
	    "  WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
	    "  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
	    "  AND d.refobjid <> r.ev_class),"
	    " depths(view, depth) AS (SELECT oid, 0 FROM views"
	    "  UNION SELECT uses.view, depth + 1 FROM depths JOIN uses ON uses.used = depths.view"
	    /* Views that use each other can be made, though not used. */
	    "   WHERE depth < 100)"
	    " SELECT c.oid::pg_catalog.regclass, pg_catalog.array_to_string(c.reloptions, ', '),"
	    "  pg_catalog.pg_get_viewdef(c.oid)"
	    " FROM depths JOIN pg_catalog.pg_class c ON c.oid = depths.view"
	    " GROUP BY c.oid, c.reloptions ORDER BY pg_catalog.max(depth), c.oid";
	std::vector<std::string> names;
	std::vector<std::string> statements;
	for (const auto& row : spi::query(query, {schema::array_literal(views)}))
	{
		const std::string& name = *row[0];
		const std::string options = row[1] ? compose(" WITH (%1%)", *row[1]) : "";
		names.push_back(name);
		statements.push_back(compose("CREATE VIEW %1%%2% AS%3%", name, options, *row[2]));
	}
	return compose("DROP VIEW %1%;\nSELECT datalink_refresh('%2%');\n%3%", join(names, ", "),
	               link.name, join(statements, "\n"));
}

[[noreturn]] void fail_blocked(const Link& link, const std::vector<Drift>& drift, Reading reading)
{
	std::vector<std::string> lines;
	for (const Drift& row : drift)
		if (!row.blockers.empty())
			lines.push_back(compose(
			    "%1% of %2% is blocked by %3%.", schema::change_text(row.change),
			    schema::object_text(row.change, link.name), join(texts_of(row.blockers), ", ")));
	/* Only datalink_refresh has arguments that would help. */
	const bool altering = reading == Reading::choose;
	pg::Failure failure(sqlstate::dependent_objects_still_exist,
	                    compose("cannot %1% data link \"%2%\" because other objects depend on "
	                            "what must change",
	                            altering ? "alter" : "refresh", link.name));
	failure.detail(join(lines, "\n"));
	if (altering)
		throw failure.hint("Drop those objects first.");
	const auto views = views_in_the_way(drift);
	throw failure.hint(
	    "cascade => true drops them, skip_blocked => true leaves these changes out." +
	    (views.empty() ? ""
	                   : " Or rebuild the views, all but their owners, grants and comments:\n" +
	                         rebuild_script(link, views)));
}

/*
 * A retype does not cascade by itself: what is in its way is dropped first. A column's other
 * dependants go by the CASCADE of the statement.
 */
void clear_way(const Drift& row)
{
	if (row.change.kind != Change::column_retyped)
		return;
	/* A trigger's identity, "t on s.r", is what its DROP wants, too; so are a rule's, a policy's.
	 */
	static constexpr std::array droppable{
	    "view", "materialized view", "function", "procedure", "trigger", "rule", "policy"};
	for (const Dependent& blocker : row.blockers)
		if (std::find(droppable.begin(), droppable.end(), blocker.type) != droppable.end())
			spi::execute(compose("DROP %1% IF EXISTS %2% CASCADE", blocker.type, blocker.identity));
}

/* Applies what is to be applied, and tells what went along. */
void apply_drift(const Link& link, const std::vector<Drift>& drift)
{
	schema::Changes changes;
	std::vector<std::string> dropped;
	{
		/* The server's notices would tell the same, one object each. */
		pg::SettingScope settings;
		settings.set("client_min_messages", "warning");
		for (const Drift& row : drift)
		{
			clear_way(row);
			changes.push_back(row.change);
			for (const std::string& text : texts_of(row.blockers))
				if (std::find(dropped.begin(), dropped.end(), text) == dropped.end())
					dropped.push_back(text);
		}
		apply(link, changes, true, compose("SELECT datalink_refresh('%1%')", link.name), "changes");
	}
	if (dropped.empty())
		return;
	pg::notice(compose("refreshing data link \"%1%\" dropped %2% that depended on it", link.name,
	                   dropped.size() == 1 ? std::string("an object")
	                                       : compose("%1% objects", dropped.size())),
	           join(dropped, "\n"));
}

/* Types that the user made are the user's to alter. */
void tell_unapplied_labels(const std::vector<Drift>& drift, const Link& link)
{
	const schema::Place place{link.server_name, link.name, link.settings.remote_schema};
	std::vector<std::string> statements;
	for (const Drift& row : drift)
		if (!row.change.applicable)
			statements.push_back(schema::statement(row.change, place, false) + ";");
	if (!statements.empty())
		pg::notice("enum labels of the remote are missing in types that this link did not make", "",
		           "Add them with:\n" + join(statements, "\n"));
}

} // namespace

std::vector<Drift> find_drift(const Link& link, remote::Session& session, Reading reading)
{
	const Offer offer = read_offer(link, session, reading);
	std::vector<Drift> drift;
	for (schema::Change& change :
	     schema::diff(offer.enumerations, read_local(link, offer.enumerations)))
		drift.push_back({std::move(change), {}, {}});
	for (schema::Change& change : schema::diff(offer.relations, read_local(link)))
	{
		Dependents blockers = blockers_of(link, change);
		std::vector<std::string> holders = holders_of(link, change);
		drift.push_back({std::move(change), std::move(blockers), std::move(holders)});
	}
	return drift;
}

namespace
{

/* From what to what; and whose privileges go with it, which stand in no DROP's way. */
std::string detail_of(const Drift& row)
{
	std::string detail = schema::detail_text(row.change);
	if (!row.holders.empty())
		detail += "; privileges go of " + join(row.holders, ", ");
	return detail;
}

} // namespace

std::vector<pg::Row> rows_of(const std::vector<Drift>& drift, const Link& link)
{
	std::vector<pg::Row> rows;
	rows.reserve(drift.size());
	for (const Drift& row : drift)
	{
		std::vector<std::string> blocked_by = texts_of(row.blockers);
		if (!row.change.applicable)
			blocked_by.push_back(
			    compose("type %1%, which this link did not make", row.change.name));
		rows.push_back({schema::object_text(row.change, link.name), schema::change_text(row.change),
		                detail_of(row), schema::array_literal(blocked_by)});
	}
	return rows;
}

std::vector<pg::Row> diff(const std::string& name)
{
	const Link link = require_usable(name);
	/* Whoever may refresh the link looks as a refresh does, through its owner's mapping. */
	const bool as_owner = pg::owns_server(link.server);
	remote::Session session = connect(link, as_owner ? link.owner : pg::current_role());
	return rows_of(find_drift(link, session, Reading::look), link);
}

namespace
{

/* Applies the drift, and returns it as it was applied. */
std::vector<Drift> refresh_link(const Link& link, const RefreshOptions& options, Reading reading)
{
	std::vector<Drift> drift;
	{
		remote::Session session = connect(link, link.owner);
		drift = find_drift(link, session, reading);
		store_version(link, session);
	}
	if (drift.empty())
		return drift;
	if (!options.force)
		require_plausible(link, drift, read_local(link));
	const bool any_blocked = std::any_of(drift.begin(), drift.end(),
	                                     [](const Drift& row) { return !row.blockers.empty(); });
	if (any_blocked && !options.cascade && !options.skip_blocked)
		fail_blocked(link, drift, reading);
	std::vector<Drift> to_apply;
	for (const Drift& row : drift)
		if (row.change.applicable && (options.cascade || !is_blocked(row)))
			to_apply.push_back(row);
	apply_drift(link, to_apply);
	tell_unapplied_labels(drift, link);
	if (options.cascade)
		for (Drift& row : drift)
			row.blockers.clear();
	return drift;
}

} // namespace

std::vector<pg::Row> refresh(const std::string& name, const RefreshOptions& options)
{
	const Operation operation;
	pg::require_read_write("datalink_refresh()");
	const Link link = require_owned(name);
	const pg::UserSwitch as_owner = act_as_owner(link.owner, name);
	return rows_of(refresh_link(link, options, Reading::refresh), link);
}

void bring_up(const Link& link)
{
	(void)refresh_link(link, {false, false, true}, Reading::choose);
}

} // namespace datalinks::link
