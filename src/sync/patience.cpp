/*
 * Waiting for locks on tables that others read: see patience.hpp.
 */
#include "sync/patience.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "postgres/guard.hpp"
#include "postgres/object_locks.hpp"
#include "postgres/scope.hpp"
#include "postgres/wait.hpp"

namespace datalinks::sync
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/* How long others may have to queue behind us, and how long they are let through then. */
constexpr int queueing = 100;
constexpr milliseconds pause{400};

/* Runs f once; a deadlock is looked for in each, since none waits as long as deadlock_timeout. */
void run_once(const std::function<void()>& f)
{
	pg::Subtransaction subtransaction;
	{
		const int own = pg::lock_timeout();
		pg::SettingScope settings;
		settings.set("lock_timeout",
		             std::to_string(own > 0 ? std::min(own, queueing) : queueing).c_str());
		settings.set("deadlock_timeout", std::to_string(queueing / 2).c_str());
		f();
	}
	subtransaction.commit();
}

/* Sleeps; a wake-up for no reason does not end it. */
void sleep(milliseconds time)
{
	const auto end = steady_clock::now() + time;
	for (auto left = time; left.count() > 0;
	     left = std::chrono::ceil<milliseconds>(end - steady_clock::now()))
		(void)pg::wait_for_sockets({}, left.count(), pg::WaitFor::pause);
}

} // namespace

bool lock_briefly(const std::function<void()>& f)
{
	try
	{
		run_once(f);
		return true;
	}
	catch (const pg::Error& error)
	{
		if (error.code() != pg::sqlstate::lock_not_available)
			throw;
	}
	pg::check_statement_timeout();
	return false;
}

void lock_patiently(const std::function<void()>& f)
{
	const auto begin = steady_clock::now();
	const milliseconds limit{pg::lock_timeout()};
	for (;;)
	{
		try
		{
			run_once(f);
			return;
		}
		catch (const pg::Error& error)
		{
			const bool is_over = limit.count() > 0 && steady_clock::now() - begin >= limit;
			if (error.code() != pg::sqlstate::lock_not_available || is_over)
				throw;
		}
		pg::check_statement_timeout();
		sleep(limit.count() > 0 ? std::min(pause, limit) : pause);
	}
}

} // namespace datalinks::sync
