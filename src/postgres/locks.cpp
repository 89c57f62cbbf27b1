/*
 * The shared lock table: see locks.hpp.
 */
#include "postgres/locks.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

long transactions()
{
	return MaxBackends + max_prepared_xacts;
}

} // namespace

long lock_table_size()
{
	return max_locks_per_xact * transactions();
}

long locks_setting_for(long locks)
{
	return (locks + transactions() - 1) / transactions();
}

/* Counted in pg_locks: the relation and its row type. */
long locks_to_create(long tables)
{
	return 2 * tables;
}

/* The relation, its row type and that one's array; from 18 on, each NOT NULL constraint. */
long locks_to_drop(long tables, [[maybe_unused]] long not_null_columns)
{
#if PG_VERSION_NUM >= 180000
	return 3 * tables + not_null_columns;
#else
	return 3 * tables;
#endif
}

} // namespace datalinks::pg
