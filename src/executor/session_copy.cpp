/*
 * COPY ... FROM STDIN over a session: see session.hpp.
 */
#include <poll.h>

#include "executor/session.hpp"
#include "postgres/cancel.hpp"
#include "postgres/wait.hpp"
#include "remote/session.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

namespace
{

using Clock = std::chrono::steady_clock;

/* How long a COPY that is taken back may take: by itself, and after it was cancelled. */
constexpr std::chrono::milliseconds patience{20};
constexpr std::chrono::milliseconds patience_after_cancel{1000};

constexpr std::chrono::hours for_ever{24 * 365};

/* While a COPY runs, the remote says something only where it ends it. */
bool has_input(int socket)
{
	pollfd ready{socket, POLLIN, 0};
	return poll(&ready, 1, 0) > 0;
}

/* Waits until libpq has a result, for so long at the most. */
bool await_result(pg_conn* connection, std::chrono::milliseconds limit)
{
	const auto end = Clock::now() + limit;
	while (PQisBusy(connection) != 0)
	{
		const int left = PQflush(connection);
		const auto time =
		    std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
		if (left < 0 || time <= 0 || PQstatus(connection) != CONNECTION_OK)
			return false;
		const pg::SocketWait ready{PQsocket(connection), left > 0, true};
		const bool limited = limit < for_ever;
		const auto reason = limited ? pg::WaitFor::cleanup : pg::WaitFor::answer;
		if (!pg::wait_for_sockets({ready}, limited ? static_cast<long>(time) : -1, reason).empty())
			(void)remote::read_available(connection);
	}
	return true;
}

} // namespace

Result Session::next_outside_pipeline()
{
	{
		const remote::Waiting waiting(*activity_);
		if (!await_result(connection_.get(), for_ever))
			fail_lost();
	}
	return Result(PQgetResult(connection_.get()), FreeResult());
}

void Session::begin_copy(const std::string& sql)
{
	if (open_series_)
		end_series();
	while (!drain(std::chrono::minutes(1), pg::WaitFor::answer))
		if (broken())
			fail_lost();
	(void)activity_->count_command(sql, {});
	++activity_->counts().round_trips;
	if (PQexitPipelineMode(connection_.get()) == 0 ||
	    PQsendQuery(connection_.get(), sql.c_str()) == 0)
		fail_lost();
	copying_ = true;
	const Result result = next_outside_pipeline();
	if (PQresultStatus(result.get()) == PGRES_COPY_IN)
		return;
	(void)leave_copy(nullptr);
	fail(result.get(), sql);
}

bool Session::put_copy(const std::string& data, long rows)
{
	activity_->counts().rows_sent += rows;
	activity_->counts().bytes_sent += static_cast<int64_t>(data.size());
	if (PQputCopyData(connection_.get(), data.data(), static_cast<int>(data.size())) != 1)
		fail_lost();
	push();
	return !has_input(socket());
}

/* Reads what is left of the COPY, and goes back to the pipeline mode. Returns the last word of it.
 */
Result Session::leave_copy(const char* error)
{
	Result last;
	(void)PQputCopyEnd(connection_.get(), error);
	for (;;)
	{
		Result result = next_outside_pipeline();
		if (!result)
			break;
		last = std::move(result);
		const ExecStatusType status = PQresultStatus(last.get());
		unusable_ = status != PGRES_COMMAND_OK && status != PGRES_FATAL_ERROR;
		if (unusable_)
			fail_lost();
	}
	copying_ = false;
	unusable_ = PQenterPipelineMode(connection_.get()) == 0;
	if (unusable_)
		fail_lost();
	return last;
}

long Session::end_copy(const std::string& sql)
{
	++activity_->counts().round_trips;
	const Result result = leave_copy(nullptr);
	if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
		fail(result.get(), sql);
	return atol(PQcmdTuples(result.get()));
}

void Session::abandon_copy() noexcept
{
	if (!copying_ || broken())
		return;
	try
	{
		(void)PQputCopyEnd(connection_.get(), "the statement was cancelled");
		bool answered = await_result(connection_.get(), patience);
		if (!answered && pg::cancel_query(connection_.get()))
			answered = await_result(connection_.get(), patience_after_cancel);
		unusable_ = !answered;
		if (answered)
			(void)leave_copy(nullptr);
	}
	catch (...)
	{
		unusable_ = true;
	}
}

} // namespace datalinks::executor
