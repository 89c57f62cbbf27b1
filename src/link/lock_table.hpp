/*
 * Many tables need many locks at once, and the server's lock table is shared and of fixed size.
 * What cannot fit is refused before it starts, what may not fit is warned of, and where the server
 * runs out all the same, the error says which setting would do.
 */
#pragma once

#include "link/link.hpp"
#include "postgres/guard.hpp"
#include "schema/relation.hpp"

namespace datalinks::link
{

/* How many locks making, and later dropping, these tables takes. */
long locks_to_create(const schema::Relations& relations);
long locks_to_drop(const schema::Relations& relations);
long locks_to_drop(const Link& link);

/*
 * Before tables are made. Throws 53200 for more than twice the lock table; warns above once it, and
 * where the link could be made but perhaps not be dropped in one transaction.
 */
void require_locks_to_create(const schema::Relations& relations);

/* Before a link is dropped. Throws 53200 for more than twice the lock table. */
void require_locks_to_drop(const Link& link);

/* "Raise max_locks_per_transaction to at least …", for so many locks. */
std::string locks_hint(long locks);

/* Runs f; an "out of shared memory" from it gets the hint for so many locks. */
template <typename F>
void with_lock_hint(long locks, F&& f)
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

} // namespace datalinks::link
