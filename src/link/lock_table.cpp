/*
 * Links and the server's lock table: see lock_table.hpp.
 */
#include "link/lock_table.hpp"

#include <algorithm>

#include "postgres/locks.hpp"
#include "postgres/spi.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

using schema::compose;

/* An idle server was seen to hold 1.6 times what its lock table is made for; twice is hopeless. */
bool is_hopeless(long locks)
{
	return locks > 2 * pg::lock_table_size();
}

/* `enough`: the locks that the setting in the hint is for. */
[[noreturn]] void fail(const char* doing, long locks, long enough)
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

long locks_to_drop(const Link& link)
{
	const auto rows = spi::query(
	    "SELECT count(*), coalesce(sum(computed), 0), coalesce(sum(not_null), 0)"
	    " FROM pg_catalog.pg_foreign_table t, LATERAL (SELECT"
	    "  count(*) FILTER (WHERE a.atthasdef) AS computed,"
	    "  count(*) FILTER (WHERE a.attnotnull) AS not_null"
	    "  FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.ftrelid AND a.attnum > 0) c"
	    " WHERE t.ftserver = $1::oid",
	    {std::to_string(link.server)});
	return pg::locks_to_drop(std::stol(*rows[0][0]), std::stol(*rows[0][1]),
	                         std::stol(*rows[0][2]));
}

std::string locks_hint(long locks)
{
	return compose("Set max_locks_per_transaction to at least %1% and restart the server.",
	               pg::locks_setting_for(locks));
}

void require_locks_to_create(const schema::Relations& relations)
{
	const long to_create = locks_to_create(relations);
	const long to_drop = locks_to_drop(relations);
	if (is_hopeless(to_create))
		fail("creating the data link", to_create, std::max(to_create, to_drop));
	if (to_create > pg::lock_table_size())
		pg::warning("creating the data link may need more locks than the lock table can hold", "",
		            locks_hint(std::max(to_create, to_drop)));
	else if (to_drop > pg::lock_table_size())
		pg::warning("the data link may be too large to be dropped in one transaction",
		            compose("Dropping its %1% tables needs %2% locks; the lock table is made for "
		                    "%3%.",
		                    relations.size(), to_drop, pg::lock_table_size()),
		            locks_hint(to_drop));
}

void require_locks_to_drop(const Link& link)
{
	const long locks = locks_to_drop(link);
	if (is_hopeless(locks))
		fail("dropping the data link", locks, locks);
}

} // namespace datalinks::link
