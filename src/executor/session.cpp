/*
 * A session with a remote in pipeline mode: see session.hpp.
 */
#include "executor/session.hpp"

#include "postgres/cancel.hpp"
#include "postgres/wait.hpp"
#include "remote/session.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

using Clock = std::chrono::steady_clock;

void FreeResult::operator()(pg_result* result) const noexcept
{
	PQclear(result);
}

Session::Session(const remote::Target& target)
    : connection_(remote::connect(target)), secrets_(remote::secrets_of(target.connection))
{
	PQsetnonblocking(connection_.get(), 1);
	if (PQenterPipelineMode(connection_.get()) == 0)
		fail_lost();
}

void Session::fail_lost() const
{
	throw remote::failure_of(nullptr, connection_.get(), secrets_, "");
}

std::shared_ptr<Reply> Session::send(const std::string& sql,
                                     const std::vector<const char*>& parameters, Format format,
                                     bool by_row)
{
	auto reply = std::make_shared<Reply>();
	reply->by_row = by_row;
	expected_.push_back(reply);
	if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(parameters.size()),
	                      nullptr, parameters.data(), nullptr, nullptr,
	                      static_cast<int>(format)) == 0)
	{
		expected_.pop_back();
		fail_lost();
	}
	if (expected_.size() == 1)
		begin_reading();
	return reply;
}

/* Of the command whose turn it is: libpq must know before it looks at the first of its rows. */
void Session::begin_reading() noexcept
{
	if (!expected_.empty() && expected_.front() && expected_.front()->by_row)
		(void)PQsetSingleRowMode(connection_.get());
}

void Session::end_series()
{
	expected_.push_back(nullptr);
	if (PQpipelineSync(connection_.get()) == 0)
	{
		expected_.pop_back();
		fail_lost();
	}
}

void Session::flush()
{
	if (PQflush(connection_.get()) < 0)
		fail_lost();
}

/* Hands every result that is whole to its reply. */
void Session::take_what_came() noexcept
{
	while (!expected_.empty() && PQisBusy(connection_.get()) == 0)
	{
		Result result(PQgetResult(connection_.get()), FreeResult());
		const ExecStatusType status = PQresultStatus(result.get());
		const std::shared_ptr<Reply> reply = expected_.front();
		if (!result && !reply)
			return;
		if (result && status == PGRES_FATAL_ERROR && !failure_)
			failure_ = result;
		if (result && status != PGRES_PIPELINE_SYNC && reply)
		{
			reply->results.push_back(std::move(result));
			continue;
		}
		if (!result)
			reply->done = true;
		expected_.pop_front();
		begin_reading();
	}
}

void Session::receive() noexcept
{
	/* Of a connection that is lost, libpq may still have the remote's last words. */
	(void)PQconsumeInput(connection_.get());
	while (PGnotify* notification = PQnotifies(connection_.get()))
		PQfreemem(notification);
	take_what_came();
}

void Session::await(const Reply& reply, Traffic& traffic)
{
	const auto is_there = [&] { return reply.done || (reply.by_row && !reply.results.empty()); };
	if (!is_there())
		take_what_came();
	if (is_there())
		return;
	++traffic.round_trips;
	while (!is_there())
	{
		const int left = PQflush(connection_.get());
		if (left < 0 || broken())
			fail_lost();
		const pg::SocketWait ready{socket(), left > 0, true};
		if (!pg::wait_for_sockets({ready}, -1).empty())
			receive();
	}
}

bool Session::drain(std::chrono::milliseconds limit)
{
	const auto end = Clock::now() + limit;
	for (take_what_came(); !expected_.empty() && !broken();)
	{
		const int left = PQflush(connection_.get());
		const auto time =
		    std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
		if (left < 0 || time < 0)
			return false;
		const pg::SocketWait ready{socket(), left > 0, true};
		if (!pg::wait_for_sockets({ready}, static_cast<long>(time)).empty())
			receive();
		else if (time == 0)
			return false;
	}
	return expected_.empty();
}

void Session::cancel() noexcept
{
	pg::cancel_query(connection_.get());
}

bool Session::broken() const
{
	return PQstatus(connection_.get()) != CONNECTION_OK;
}

bool Session::has_gone_stale()
{
	/* Last words may stand before the end: it shows at the second look. */
	for (int look = 0; look < 2 && !broken(); ++look)
		receive();
	return broken();
}

int Session::socket() const
{
	return PQsocket(connection_.get());
}

Result Session::take_result(Reply& reply, const std::string& sql) const
{
	Result result;
	if (!reply.results.empty())
	{
		result = std::move(reply.results.front());
		reply.results.pop_front();
	}
	const ExecStatusType status = PQresultStatus(result.get());
	if (status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE || status == PGRES_COMMAND_OK)
		return result;
	throw remote::failure_of(failure_ ? failure_.get() : result.get(), connection_.get(), secrets_,
	                         sql);
}

} // namespace datalinks::executor
