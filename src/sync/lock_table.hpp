/*
 * Many tables need many locks at once, and the server's lock table is shared and of fixed size.
 * What cannot fit is refused before it starts, what may not fit is warned of, and where the server
 * runs out all the same, the error says which setting would do.
 */
#pragma once

#include <functional>

#include "link/link.hpp"
#include "schema/diff.hpp"
#include "schema/relation.hpp"

namespace datalinks::sync
{

/* How many locks making, and later dropping, these tables takes. */
long locks_to_create(const schema::Relations& relations);
long locks_to_drop(const schema::Relations& relations);
long locks_to_drop(const link::Link& link);

/* How many locks the changes take. */
long locks_to_refresh(const schema::Changes& changes);

/*
 * Before tables are made for the link, whose schemas are known. Throws 53200 where making them, or
 * dropping them again, takes more than twice the lock table: locks are held until a transaction
 * ends, so no drop could go in pieces. Warns above once the lock table.
 */
void require_locks_to_create(const link::Link& link, const schema::Relations& relations);

/* Before a link is changed. Throws 53200 and warns likewise. */
void require_locks_to_refresh(const link::Link& link, const schema::Changes& changes);

/* Before a link is dropped. Throws 53200 for more than twice the lock table. */
void require_locks_to_drop(const link::Link& link);

/* Runs f; an "out of shared memory" from it gets the hint for so many locks. */
void with_lock_hint(long locks, const std::function<void()>& f);

} // namespace datalinks::sync
