/*
 * Drift and refresh: see refresh.hpp.
 */
#include "link/refresh.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "link/apply.hpp"
#include "link/blocked.hpp"
#include "link/connect.hpp"
#include "link/grants.hpp"
#include "link/local_reader.hpp"
#include "link/lock_table.hpp"
#include "link/operation.hpp"
#include "link/patience.hpp"
#include "link/rights.hpp"
#include "link/shortcomings.hpp"
#include "link/type_drift.hpp"
#include "postgres/guard.hpp"
#include "postgres/object_locks.hpp"
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
	if (change.kind == Change::type_altered)
		return dependents_of(change.name, change.alteration);
	Dependents blockers = dependents_of(link, change.relation.name, change.before.name);
	/* A column that is only retyped keeps these: the server makes them anew. */
	if (change.kind == Change::column_retyped)
		std::erase_if(blockers, [](const Dependent& dependent) {
			return dependent.type == "table constraint" || dependent.type == "statistics object";
		});
	return blockers;
}

/* An attribute that goes takes along what local tables store in it: nobody asked for that. */
void protect_stored(Change& change)
{
	if (change.kind != Change::type_altered || change.alteration.dropped.empty())
		return;
	const auto stored = texts_of(columns_storing(change.name));
	if (stored.empty() || !change.applicable)
		return;
	change.applicable = false;
	change.obstacle = join(stored, ", ");
}

/* Whose privileges are lost with what is dropped. */
std::vector<std::string> holders_of(const Link& link, const Change& change)
{
	if (!schema::is_destructive(change) || change.kind == Change::column_retyped ||
	    schema::is_of_type(change))
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
	return row.locked || !row.blockers.empty() || !row.change.applicable;
}

/* Whether a refresh does it. */
bool is_applied(const Drift& row, const RefreshOptions& options)
{
	return row.change.applicable && !row.locked && !schema::is_remark(row.change) &&
	       (options.cascade || row.blockers.empty());
}

/*
 * A retype does not cascade by itself: what is in its way is dropped first. A column's other
 * dependants go by the CASCADE of the statement.
 */
void clear_way(const Drift& row)
{
	if (row.change.kind != Change::column_retyped && row.change.kind != Change::type_altered)
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
void apply_drift(const Link& link, const std::vector<Drift>& drift, bool cascade)
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
		apply(link, changes, cascade, compose("SELECT datalink_refresh('%1%')", link.name),
		      "changes");
	}
	if (dropped.empty())
		return;
	pg::notice(compose("refreshing data link \"%1%\" dropped %2% that depended on it", link.name,
	                   dropped.size() == 1 ? std::string("an object")
	                                       : compose("%1% objects", dropped.size())),
	           join(dropped, "\n"));
}

schema::Changes changes_of(const std::vector<Drift>& drift)
{
	schema::Changes changes;
	for (const Drift& row : drift)
		changes.push_back(row.change);
	return changes;
}

/* What differs between what the remote offers and what stands here now. */
schema::Changes compare(const Link& link, const Offer& offer)
{
	schema::Changes changes;
	if (const std::string grant = usage_grant(link, offer); !grant.empty())
		changes.push_back(schema::unusable(grant));
	for (const std::string& type : offer.types_made)
		changes.push_back(schema::made(type));
	/* The link as it is now: what reading the offer made is its own, too. */
	TypeDrift types = find_type_drift(link_on(link.server, link.name), offer);
	for (Change& change : types.changes)
	{
		protect_stored(change);
		changes.push_back(std::move(change));
	}
	for (Change& change : schema::diff(offer.relations, read_local(link)))
	{
		hold_back(change, types.unfit);
		changes.push_back(std::move(change));
	}
	return changes;
}

/* With what is built on it; where that is to go along, under the locks of its drop. */
std::vector<Drift> examine(const Link& link, const schema::Changes& changes, bool lock)
{
	std::vector<Drift> drift;
	drift.reserve(changes.size());
	for (const Change& change : changes)
	{
		const auto find = [&] { return blockers_of(link, change); };
		Drift row;
		row.change = change;
		row.blockers = lock ? locked(find) : find();
		row.holders = holders_of(link, change);
		drift.push_back(std::move(row));
	}
	return drift;
}

/* Takes the locks that these changes of one table need. */
void lock_for(const Link& link, const std::string& table, const schema::Changes& changes,
              bool cascade)
{
	pg::lock_table(link.name, table);
	if (cascade)
		(void)examine(link, changes, true);
}

using ChangesByTable = std::map<std::string, schema::Changes>;

/* The changes of the tables that are in none of these lists. */
ChangesByTable changes_besides(const schema::Changes& changes, const std::set<std::string>& held,
                               const std::set<std::string>& busy)
{
	ChangesByTable by_table;
	for (const Change& change : changes)
		if (schema::touches_table(change) && !held.contains(change.relation.name) &&
		    !busy.contains(change.relation.name))
			by_table[change.relation.name].push_back(change);
	return by_table;
}

/*
 * The drift as it is under locks of all tables that it touches, `changes` when last seen: nobody
 * can build on them any more. Under skip_blocked, tables that others keep locked are left out.
 */
std::vector<Drift> lock_drift(const Link& link, const Offer& offer, schema::Changes changes,
                              const RefreshOptions& options)
{
	std::set<std::string> held, busy;
	/* What was seen before a lock was had may be another table's by then. */
	for (auto wanted = changes_besides(changes, held, busy); !wanted.empty();
	     changes = compare(link, offer), wanted = changes_besides(changes, held, busy))
	{
		if (!options.skip_blocked)
			lock_patiently([&] {
				for (const auto& [table, its] : wanted)
					lock_for(link, table, its, options.cascade);
			});
		for (const auto& [table, its] : wanted)
		{
			const bool had = !options.skip_blocked || lock_briefly([&, &name = table, &what = its] {
				lock_for(link, name, what, options.cascade);
			});
			(had ? held : busy).insert(table);
		}
	}
	std::vector<Drift> drift = examine(link, changes, false);
	for (Drift& row : drift)
		row.locked = schema::touches_table(row.change) && busy.contains(row.change.relation.name);
	return drift;
}

} // namespace

std::vector<Drift> find_drift(const Link& link, remote::Session& session, Reading reading)
{
	return examine(link, compare(link, read_offer(link, session, reading)), false);
}

namespace
{

/* From what to what; and whose privileges go with it, which stand in no DROP's way. */
std::string detail_of(const Drift& row, const Link& link)
{
	std::string detail = schema::detail_text(row.change);
	if (schema::is_guess(row.change))
		detail += "; to keep what is built on it: " + remedy_of(row.change, link);
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
			blocked_by.push_back(row.change.obstacle);
		if (row.locked)
			blocked_by.push_back("a lock of another session");
		rows.push_back({schema::object_text(row.change, link.name), schema::change_text(row.change),
		                detail_of(row, link), schema::array_literal(blocked_by)});
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

/* Throws where users' objects are in the way and are neither to go nor to be left alone. */
void require_unblocked(const Link& link, const std::vector<Drift>& drift,
                       const RefreshOptions& options, Reading reading)
{
	if (!options.cascade && !options.skip_blocked &&
	    std::any_of(drift.begin(), drift.end(),
	                [](const Drift& row) { return !row.blockers.empty(); }))
		fail_blocked(link, drift, reading);
}

/* The drift as it was applied: what went is in no way any more, and no guess is left to make. */
void settle(std::vector<Drift>& drift, const RefreshOptions& options)
{
	std::set<std::pair<std::string, std::string>> left;
	for (Drift& row : drift)
	{
		if (options.cascade && !row.locked)
			row.blockers.clear();
		if (is_blocked(row))
			left.emplace(row.change.relation.name, row.change.before.name);
	}
	std::erase_if(drift, [&](const Drift& row) {
		return schema::is_guess(row.change) &&
		       !left.contains({row.change.relation.name, row.change.before.name});
	});
}

/* Applies what is to be applied, under locks, and returns the drift as it was then. */
std::vector<Drift> apply_under_locks(const Link& link, const Offer& offer,
                                     const schema::Changes& changes, const RefreshOptions& options,
                                     Reading reading)
{
	std::vector<Drift> drift = lock_drift(link, offer, changes, options);
	require_unblocked(link, drift, options, reading);
	std::vector<Drift> to_apply;
	for (const Drift& row : drift)
		if (is_applied(row, options))
			to_apply.push_back(row);
	apply_drift(link, to_apply, options.cascade);
	tell_of_tables_added(offer, changes_of(to_apply));
	return drift;
}

/* Applies the drift, and returns it as it was applied. */
std::vector<Drift> refresh_link(const Link& link, const RefreshOptions& options, Reading reading)
{
	Offer offer;
	{
		remote::Session session = connect(link, link.owner);
		offer = read_offer(link, session, reading);
		store_version(link, session);
	}
	/* What cannot be done is refused before anybody has to wait for a lock of ours. */
	const schema::Changes changes = compare(link, offer);
	if (changes.empty())
		return {};
	const std::vector<Drift> seen = examine(link, changes, false);
	if (!options.force)
		require_plausible(link, seen, read_local(link));
	require_unblocked(link, seen, options, reading);
	require_locks_to_refresh(link, changes);
	std::vector<Drift> drift;
	with_lock_hint(locks_to_refresh(changes),
	               [&] { drift = apply_under_locks(link, offer, changes, options, reading); });
	tell_unfit(changes_of(drift));
	settle(drift, options);
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
