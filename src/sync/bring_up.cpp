/*
 * Bringing a link up to its remote: see bring_up.hpp.
 */
#include "sync/bring_up.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "link/connect.hpp"
#include "link/lending.hpp"
#include "postgres/guard.hpp"
#include "postgres/object_locks.hpp"
#include "postgres/schemas.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/apply.hpp"
#include "sync/blocked.hpp"
#include "sync/lock_table.hpp"
#include "sync/made_types.hpp"
#include "sync/offered_schemas.hpp"
#include "sync/patience.hpp"
#include "sync/shortcomings.hpp"
#include "sync/statistics.hpp"
#include "sync/tuning.hpp"

namespace datalinks::sync
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::Link;
using schema::Change;
using schema::compose;
using schema::join;

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
bool is_applied(const Drift& row, const BringUp& options)
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

/* A table's schema and name; without a name the schema itself. */
using Locked = std::pair<std::string, std::string>;

Locked locked_by(const Change& change)
{
	return {change.relation.schema, change.relation.name};
}

bool takes_lock(const Change& change)
{
	return schema::touches_table(change) || change.kind == Change::schema_removed;
}

/* Takes the locks that these changes of one table, or of a schema, need. */
void lock_for(const Link& link, const Locked& object, const schema::Changes& changes, bool cascade)
{
	const auto& [schema, table] = object;
	if (!table.empty())
		pg::lock_table(schema, table);
	else if (const unsigned oid = pg::find_schema(schema); oid != 0)
		(void)pg::lock_schema_for_drop(oid);
	if (cascade)
		(void)examine(link, changes, true);
}

using ChangesByTable = std::map<Locked, schema::Changes>;

/* The changes of the tables that are in none of these lists. */
ChangesByTable changes_besides(const schema::Changes& changes, const std::set<Locked>& held,
                               const std::set<Locked>& busy)
{
	ChangesByTable by_table;
	for (const Change& change : changes)
		if (takes_lock(change) && !held.contains(locked_by(change)) &&
		    !busy.contains(locked_by(change)))
			by_table[locked_by(change)].push_back(change);
	return by_table;
}

/* A schema stays where one of its tables does. */
void lock_schemas_of_locked(std::vector<Drift>& drift)
{
	std::set<std::string> schemas;
	for (const Drift& row : drift)
		if (row.locked)
			schemas.insert(row.change.relation.schema);
	for (Drift& row : drift)
		if (row.change.kind == Change::schema_removed)
			row.locked = row.locked || schemas.contains(row.change.relation.schema);
}

/*
 * The drift as it is under locks of all tables that it touches, `changes` when last seen: nobody
 * can build on them any more. Under skip_blocked, tables that others keep locked are left out.
 */
std::vector<Drift> lock_drift(const Link& link, const Offer& offer, schema::Changes changes,
                              const BringUp& options)
{
	std::set<Locked> held, busy;
	/* What was seen before a lock was had may be another table's by then. */
	for (auto wanted = changes_besides(changes, held, busy); !wanted.empty();
	     changes = compare(link, offer, foreign_tables_of(link)),
	          wanted = changes_besides(changes, held, busy))
	{
		if (!options.skip_blocked)
			lock_patiently([&] {
				for (const auto& [object, its] : wanted)
					lock_for(link, object, its, options.cascade);
			});
		for (const auto& [object, its] : wanted)
		{
			const bool had =
			    !options.skip_blocked || lock_briefly([&, &which = object, &what = its] {
				    lock_for(link, which, what, options.cascade);
			    });
			(had ? held : busy).insert(object);
		}
	}
	std::vector<Drift> drift = examine(link, changes, false);
	for (Drift& row : drift)
		row.locked = takes_lock(row.change) && busy.contains(locked_by(row.change));
	lock_schemas_of_locked(drift);
	return drift;
}

/* Throws where users' objects are in the way and are neither to go nor to be left alone. */
void require_unblocked(const Link& link, const std::vector<Drift>& drift, const BringUp& options,
                       Reading reading)
{
	if (!options.cascade && !options.skip_blocked &&
	    std::any_of(drift.begin(), drift.end(),
	                [](const Drift& row) { return !row.blockers.empty(); }))
		fail_blocked(link, drift, reading);
}

/* The drift as it was applied: what went is in no way any more, and no guess is left to make. */
void settle(std::vector<Drift>& drift, const BringUp& options)
{
	/* Of a schema, a table and a column. */
	std::set<std::tuple<std::string, std::string, std::string>> left;
	const auto place = [](const Change& change) {
		return std::tuple(change.relation.schema, change.relation.name, change.before.name);
	};
	for (Drift& row : drift)
	{
		if (options.cascade && !row.locked)
			row.blockers.clear();
		if (is_blocked(row))
			left.insert(place(row.change));
	}
	std::erase_if(drift, [&](const Drift& row) {
		return schema::is_guess(row.change) && !left.contains(place(row.change));
	});
}

/* What is new is the grantees' of the link, as the rest is; what they have of the rest stays. */
void grant_new(const Link& link, const schema::Changes& applied)
{
	std::vector<std::string> tables;
	for (const Change& change : applied)
		if (change.kind == Change::table_added)
			tables.push_back(schema::quote_identifier(change.relation.schema) + "." +
			                 schema::quote_identifier(change.relation.name));
	const bool has_new_schema = std::any_of(applied.begin(), applied.end(), [](const Change& c) {
		return c.kind == Change::schema_added;
	});
	const Link now = link::link_on(link.server, link.name);
	const std::vector<std::string> types = made_types(now);
	if (tables.empty() && !has_new_schema && types == made_types(link))
		return;
	for (const link::Grantee& grantee : link::grantees_of(link))
		if (grantee.lent)
			link::grant_objects(now, grantee, tables, types);
}

/* Applies what is to be applied, under locks, and returns the drift as it was then. */
std::vector<Drift> apply_under_locks(const Link& link, const Offer& offer,
                                     const schema::Changes& changes, const BringUp& options,
                                     Reading reading)
{
	std::vector<Drift> drift = lock_drift(link, offer, changes, options);
	require_unblocked(link, drift, options, reading);
	std::vector<Drift> to_apply;
	for (const Drift& row : drift)
		if (is_applied(row, options))
			to_apply.push_back(row);
	apply_drift(link, to_apply, options.cascade);
	record_schemas(link, changes_of(to_apply));
	grant_new(link, changes_of(to_apply));
	tell_of_tables(link, offer, changes_of(drift));
	return drift;
}

} // namespace

std::vector<Drift> bring_up(const Link& link, const BringUp& options, Reading reading)
{
	Offer offer;
	schema::Changes changes;
	{
		remote::Session session = link::connect(link, link.owner);
		ForeignTables tables;
		offer = read_offer(link, session, reading, [&] { tables = foreign_tables_of(link); });
		link::store_version(link, session);
		tell_unlinked(offer);
		tune(link, session);
		/* The remote looks for them while its tables are compared: mostly, nothing has changed. */
		StatisticsCopy statistics(link, session, &tables);
		changes = compare(link, offer, tables);
		if (changes.empty())
		{
			statistics.finish_or_tell();
			return {};
		}
		statistics.discard();
	}
	/* What cannot be done is refused before anybody has to wait for a lock of ours. */
	const std::vector<Drift> seen = examine(link, changes, false);
	if (!options.force)
		require_plausible(link, seen, read_local(link, foreign_tables_of(link)));
	require_unblocked(link, seen, options, reading);
	require_locks_to_refresh(link, changes);
	std::vector<Drift> drift;
	with_lock_hint(locks_to_refresh(changes),
	               [&] { drift = apply_under_locks(link, offer, changes, options, reading); });
	tell_unfit(changes_of(drift));
	settle(drift, options);
	/* No transaction of the remote's was to stand open while locks were waited for. */
	remote::Session session = link::connect_again(link, link.owner);
	const Link now = link::link_on(link.server, link.name);
	StatisticsCopy(now, session).finish_or_tell();
	return drift;
}

} // namespace datalinks::sync
