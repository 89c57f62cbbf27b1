/*
 * Links and the server's lock table: see lock_table.hpp.
 */
#include "sync/lock_table.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "postgres/guard.hpp"
#include "postgres/locks.hpp"
#include "postgres/spi.hpp"
#include "schema/text.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;
using schema::compose;

/* An idle server was seen to hold 1.6 times what its lock table is made for; twice is hopeless. */
bool is_hopeless(long locks)
{
	return locks > 2 * pg::lock_table_size();
}

std::string locks_hint(long locks)
{
	return compose("Set max_locks_per_transaction to at least %1% and restart the server.",
	               pg::locks_setting_for(locks));
}

/* `enough`: the locks that the setting in the hint is for. */
[[noreturn]] void fail(const std::string& doing, long locks, long enough)
{
	throw pg::Failure(pg::sqlstate::out_of_memory,
	                  compose("%1% needs more locks than the lock table can hold", doing))
	    .detail(compose("It needs %1% locks in one transaction; the lock table is made for %2%.",
	                    locks, pg::lock_table_size()))
	    .hint(locks_hint(enough));
}

} // namespace

long locks_to_create(const schema::Relations& relations)
{
	return pg::locks_to_create(static_cast<long>(relations.size()));
}

long locks_to_drop(const schema::Relations& relations)
{
	long computed = 0, not_null = 0;
	for (const schema::Relation& relation : relations)
		for (const schema::Column& column : relation.columns)
		{
			computed += column.computed;
			not_null += column.not_null;
		}
	return pg::locks_to_drop(static_cast<long>(relations.size()), computed, not_null);
}

namespace
{

/* A drop locks each of the schemas that a link to all of its remote's has. */
long schemas_of(const Link& link)
{
	return static_cast<long>(link.settings.schemas.size() / 2);
}

} // namespace

long locks_to_drop(const Link& link)
{
	const auto rows = spi::query_now(
	    "SELECT count(*), coalesce(sum(computed), 0), coalesce(sum(not_null), 0)"
	    " FROM pg_catalog.pg_foreign_table t, LATERAL (SELECT"
	    "  count(*) FILTER (WHERE a.atthasdef) AS computed,"
	    "  count(*) FILTER (WHERE a.attnotnull) AS not_null"
	    "  FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.ftrelid AND a.attnum > 0) c"
	    " WHERE t.ftserver = $1::oid",
	    {std::to_string(link.server)});
	return pg::locks_to_drop(std::stol(*rows[0][0]), std::stol(*rows[0][1]),
	                         std::stol(*rows[0][2])) +
	       schemas_of(link);
}

namespace
{

schema::Relations relations_of(const schema::Changes& changes, schema::Change::Kind kind)
{
	schema::Relations relations;
	for (const schema::Change& change : changes)
		if (change.kind == kind)
			relations.push_back(change.relation);
	return relations;
}

} // namespace

long locks_to_refresh(const schema::Changes& changes)
{
	std::set<std::pair<std::string, std::string>> altered; /* and schemas */
	for (const schema::Change& change : changes)
		if (schema::is_of_schema(change) ||
		    (schema::touches_table(change) && change.kind != schema::Change::table_removed))
			altered.emplace(change.relation.schema, change.relation.name);
	return locks_to_create(relations_of(changes, schema::Change::table_added)) +
	       locks_to_drop(relations_of(changes, schema::Change::table_removed)) +
	       static_cast<long>(altered.size());
}

namespace
{

/* `verb` says what is about to be done: "creating". */
void require_room(const char* verb, long to_do, long to_drop)
{
	const long enough = std::max(to_do, to_drop);
	if (is_hopeless(to_do))
		fail(compose("%1% the data link", verb), to_do, enough);
	if (is_hopeless(to_drop))
		fail("dropping the data link again", to_drop, enough);
	if (to_do > pg::lock_table_size())
		pg::warning(
		    compose("%1% the data link may need more locks than the lock table can hold", verb), "",
		    locks_hint(enough));
	else if (to_drop > pg::lock_table_size())
		pg::warning("the data link may be too large to be dropped in one transaction",
		            compose("Dropping its tables needs %1% locks; the lock table is made for %2%.",
		                    to_drop, pg::lock_table_size()),
		            locks_hint(to_drop));
}

} // namespace

void require_locks_to_create(const Link& link, const schema::Relations& relations)
{
	require_room("creating", locks_to_create(relations),
	             locks_to_drop(relations) + schemas_of(link));
}

void require_locks_to_refresh(const Link& link, const schema::Changes& changes)
{
	const schema::Relations added = relations_of(changes, schema::Change::table_added);
	const auto schemas = static_cast<long>(
	    std::count_if(changes.begin(), changes.end(), [](const schema::Change& change) {
		    return change.kind == schema::Change::schema_added;
	    }));
	require_room(
	    "refreshing", locks_to_refresh(changes),
	    added.empty() && schemas == 0 ? 0 : locks_to_drop(link) + locks_to_drop(added) + schemas);
}

void require_locks_to_drop(const Link& link)
{
	const long locks = locks_to_drop(link);
	if (is_hopeless(locks))
		fail("dropping the data link", locks, locks);
}

void with_lock_hint(long locks, const std::function<void()>& f)
{
	try
	{
		f();
	}
	catch (pg::Error& error)
	{
		if (error.code() == pg::sqlstate::out_of_memory)
			error.set_hint(locks_hint(locks));
		throw;
	}
}

} // namespace datalinks::sync
