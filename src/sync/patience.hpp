/*
 * Waiting for locks on tables that others read. Whoever comes after a waiting DDL command queues
 * behind it: so a lock is queued for briefly, and where it was not had, all is let go for a pause.
 */
#pragma once

#include <functional>

namespace datalinks::sync
{

/*
 * Runs f, which takes locks, in a subtransaction in which each lock is waited for briefly. Returns
 * false where one was not had; those that f took are free again then. Passes other errors on.
 */
bool lock_briefly(const std::function<void()>& f);

/*
 * The same again and again, all locks or none, until f has them all. Throws 55P03 when the caller's
 * lock_timeout is over by then; 40P01 for a deadlock.
 */
void lock_patiently(const std::function<void()>& f);

} // namespace datalinks::sync
