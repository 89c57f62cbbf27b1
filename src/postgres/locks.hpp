/*
 * The shared lock table: how many locks it is made for.
 */
#pragma once

namespace datalinks::pg
{

/* max_locks_per_transaction * (MaxBackends + max_prepared_transactions). */
long lock_table_size();

/* The max_locks_per_transaction under which the lock table is made for this many locks. */
long locks_setting_for(long locks);

/* Lock table entries that it takes to make, and to drop, foreign tables in one transaction. */
long locks_to_create(long tables);
long locks_to_drop(long tables, long computed_columns, long not_null_columns);

} // namespace datalinks::pg
