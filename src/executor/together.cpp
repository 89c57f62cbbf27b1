/*
 * Sessions of several remotes at the same time: see together.hpp.
 */
#include "executor/together.hpp"

#include <algorithm>
#include <deque>

#include "postgres/wait.hpp"

namespace datalinks::executor
{

int concurrency = 16;

namespace
{

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/* How long what is under way may take: to come by itself, and after it was cancelled. */
constexpr milliseconds patience{20};
constexpr milliseconds patience_after_cancel{600};

class Run
{
public:
	Run(std::vector<Statement>& statements, const pg::Row& parameters, const Course& course)
	    : statements_(statements), parameters_(parameters), course_(course)
	{
	}
	/* Returns false when all have come to their ends. */
	bool turn();

private:
	template <typename F>
	void watched(size_t number, F&& f);
	void send();
	bool read(size_t number);
	void wait();

	std::vector<Statement>& statements_;
	const pg::Row& parameters_;
	const Course& course_;
	size_t next_ = 0;
	std::vector<size_t> running_;
};

template <typename F>
void Run::watched(size_t number, F&& f)
{
	try
	{
		f();
	}
	catch (const pg::Failure& failure)
	{
		course_.fail(number, failure);
		throw;
	}
}

void Run::send()
{
	while (next_ < statements_.size() && running_.size() < static_cast<size_t>(concurrency))
	{
		watched(next_, [&] { statements_[next_].send(parameters_); });
		running_.push_back(next_++);
	}
}

/* What has come of one; returns whether that was all. */
bool Run::read(size_t number)
{
	Statement& statement = statements_[number];
	while (statement.is_ready())
	{
		if (!statement.next())
		{
			course_.end(number);
			return true;
		}
		course_.take(number);
	}
	return false;
}

void Run::wait()
{
	std::vector<pg::SocketWait> sockets;
	std::deque<remote::Waiting> waiting; /* each link's */
	for (const size_t number : running_)
	{
		sockets.push_back({statements_[number].socket(), false});
		waiting.emplace_back(statements_[number].activity());
	}
	for (const size_t ready : pg::wait_for_sockets(sockets, -1, pg::WaitFor::answer))
		statements_[running_[ready]].receive();
}

bool Run::turn()
{
	send();
	const auto ended = std::erase_if(running_, [&](size_t number) {
		bool all = false;
		watched(number, [&] { all = read(number); });
		return all;
	});
	if (ended == 0 && !running_.empty())
		wait();
	return next_ < statements_.size() || !running_.empty();
}

/* Until nothing is to come that matters, in any of them; those that are quiet go. */
void wait_for_quiet(std::vector<Session*>& sessions, milliseconds limit)
{
	const auto end = Clock::now() + limit;
	for (;;)
	{
		std::erase_if(sessions, [](Session* session) {
			return session->broken() || session->awaits_little() ||
			       session->drain(milliseconds(0)) || session->awaits_little();
		});
		const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
		if (sessions.empty() || left <= milliseconds::zero())
			return;
		std::vector<pg::SocketWait> sockets;
		for (const Session* session : sessions)
			sockets.push_back({session->socket(), false});
		(void)pg::wait_for_sockets(sockets, static_cast<long>(left.count()), pg::WaitFor::cleanup);
	}
}

} // namespace

void run_together(std::vector<Statement>& statements, const pg::Row& parameters,
                  const Course& course)
{
	Run run(statements, parameters, course);
	while (run.turn())
	{
	}
}

void quieten(std::vector<Session*> sessions) noexcept
{
	try
	{
		wait_for_quiet(sessions, patience);
		Session::cancel(sessions);
		wait_for_quiet(sessions, patience_after_cancel);
		for (Session* session : sessions)
			session->give_up();
	}
	catch (...)
	{
		/* An interrupt is no use now: each is seen to by itself. */
	}
}

} // namespace datalinks::executor
