/*
 * The shared lock table: see locks.hpp.
 */
#include "postgres/locks.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

/* What one operation locks besides: server, schema, mapping, catalogs. */
constexpr long besides = 16;

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
	return 2 * tables + besides;
}

/*
 * The relation, its row type and that one's array, each column's default; from 18 on, each NOT NULL
 * constraint.
 */
long locks_to_drop(long tables, long computed_columns, [[maybe_unused]] long not_null_columns)
{
	const long locks = 3 * tables + computed_columns + besides;
#if PG_VERSION_NUM >= 180000
	return locks + not_null_columns;
#else
	return locks;
#endif
}

} // namespace datalinks::pg
