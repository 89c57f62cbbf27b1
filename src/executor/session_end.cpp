/*
 * How what a session does comes to an end: see session.hpp.
 */
#include <cerrno>

#include <poll.h>

#include "executor/session.hpp"
#include "postgres/cancel.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

using Clock = std::chrono::steady_clock;

/* Neither interrupts nor latches: they may be gone by now. */
void Session::settle_quick(std::chrono::milliseconds limit) noexcept
{
	const auto end = Clock::now() + limit;
	for (take_what_came(); awaits_little() && !expected_.empty() && !broken();)
	{
		const auto left =
		    std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
		pollfd wanted{socket(), POLLIN, 0};
		const int ready = left <= 0 ? 0 : poll(&wanted, 1, static_cast<int>(left));
		if (ready > 0)
			receive();
		else if (ready == 0 || errno != EINTR)
			return;
	}
}

void Session::cancel() noexcept
{
	cancel({this});
}

/* Nobody knows when one that does not take the request will be of use again. */
void Session::cancel(const std::vector<Session*>& sessions) noexcept
{
	std::vector<pg_conn*> connections;
	std::vector<Session*> asked;
	try
	{
		for (Session* session : sessions)
			if (!session->cancelled_ && !session->broken())
			{
				asked.push_back(session);
				connections.push_back(session->connection_.get());
			}
		const std::vector<bool> taken = pg::cancel_queries(connections);
		for (size_t i = 0; i < asked.size(); ++i)
		{
			asked[i]->cancelled_ = true;
			asked[i]->unusable_ = !taken[i];
		}
	}
	catch (...)
	{
		for (Session* session : asked)
			session->unusable_ = true;
	}
}

/*
 * DISCARD ALL wants to be the first of its series. Servers of before November 2024 forget by it
 * which role ALTER ROLE ... SET role had given the session.
 */
bool Session::start_anew() noexcept
{
	try
	{
		if (broken() || !has_own_backend())
			return false;
		if (open_series_)
			end_series();
		prepared_.clear();
		own_backend_ = false;
		renewal_ = send("DISCARD ALL", {}, Format::text);
		renewal_->quick = true;
		end_series();
		send("RESET ROLE", {}, Format::text)->quick = true;
		introduce();
		flush();
		return true;
	}
	catch (...)
	{
		return false;
	}
}

} // namespace datalinks::executor
