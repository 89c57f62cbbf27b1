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

using schema::format;

/* An idle server was seen to hold 1.6 times what its lock table is made for; twice is hopeless. */
bool is_hopeless(long locks)
{
	return locks > 2 * pg::lock_table_size();
}

[[noreturn]] void fail(const char* doing, long locks)
{
	throw pg::Failure(pg::sqlstate::out_of_memory,
	                  format("%1% needs more locks than the lock table can hold", doing))
	    .detail(format("It needs %1% locks in one transaction; the lock table is made for %2%.",
	                   locks, pg::lock_table_size()))
	    .hint(locks_hint(locks));
}

} // namespace

long locks_to_create(const schema::Relations& relations)
{
	return pg::locks_to_create(static_cast<long>(relations.size()));
}

long locks_to_drop(const schema::Relations& relations)
{
	long not_null = 0;
	for (const schema::Relation& relation : relations)
		not_null += std::count_if(relation.columns.begin(), relation.columns.end(),
		                          [](const schema::Column& column) { return column.not_null; });
	return pg::locks_to_drop(static_cast<long>(relations.size()), not_null);
}

long locks_to_drop(const Link& link)
{
	const auto rows =
	    spi::query("SELECT count(*), coalesce(sum((SELECT count(*) FROM pg_catalog.pg_attribute a"
	               "  WHERE a.attrelid = t.ftrelid AND a.attnum > 0 AND a.attnotnull)), 0)"
	               " FROM pg_catalog.pg_foreign_table t WHERE t.ftserver = $1::oid",
	               {std::to_string(link.server)});
	return pg::locks_to_drop(std::stol(*rows[0][0]), std::stol(*rows[0][1]));
}

std::string locks_hint(long locks)
{
	return format("Set max_locks_per_transaction to at least %1% and restart the server.",
	              pg::locks_setting_for(locks));
}

void require_locks_to_create(const schema::Relations& relations)
{
	const long to_create = locks_to_create(relations);
	const long to_drop = locks_to_drop(relations);
	if (is_hopeless(to_create))
		fail("creating the data link", std::max(to_create, to_drop));
	if (to_create > pg::lock_table_size())
		pg::warning("creating the data link may need more locks than the lock table can hold", "",
		            locks_hint(std::max(to_create, to_drop)));
	else if (to_drop > pg::lock_table_size())
		pg::warning("the data link may be too large to be dropped in one transaction",
		            format("Dropping its %1% tables needs %2% locks; the lock table is made for "
		                   "%3%.",
		                   relations.size(), to_drop, pg::lock_table_size()),
		            locks_hint(to_drop));
}

void require_locks_to_drop(const Link& link)
{
	const long locks = locks_to_drop(link);
	if (is_hopeless(locks))
		fail("dropping the data link", locks);
}

} // namespace datalinks::link
