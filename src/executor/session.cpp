/*
 * A session with a remote in pipeline mode: see session.hpp.
 */
#include "executor/session.hpp"

#include <algorithm>
#include <cstring>

#include "executor/settings.hpp"
#include "postgres/wait.hpp"
#include "remote/connection.hpp"
#include "remote/session.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

using Clock = std::chrono::steady_clock;

void FreeResult::operator()(pg_result* result) const noexcept
{
	PQclear(result);
}

Session::Session(const remote::Target& target) : Session(remote::connect(target), target) {}

Session::Session(remote::Connection connection, const remote::Target& target)
    : activity_(remote::activity_with(target.server)), connection_(std::move(connection)),
      secrets_(remote::secrets_of(target.connection))
{
	PQsetnonblocking(connection_.get(), 1);
	if (PQenterPipelineMode(connection_.get()) == 0)
		fail_lost();
	introduce();
}

Session::~Session()
{
	if (broken())
		activity_->note_loss();
}

namespace
{

/* How many statements a remote's backend keeps for us. */
constexpr size_t most_prepared = 50;

} // namespace

/* A series of its own, in front of the first query: nothing that follows takes it back. */
void Session::introduce()
{
	introduction_ = send(session_settings(PQbackendPID(connection_.get())), {}, Format::text);
	introduction_->quick = true;
	end_series();
}

bool Session::has_own_backend()
{
	if (introduction_ && introduction_->done)
	{
		const Result result =
		    introduction_->results.empty() ? Result() : introduction_->results.front();
		own_backend_ = PQresultStatus(result.get()) == PGRES_TUPLES_OK &&
		               PQntuples(result.get()) == 1 && PQgetisnull(result.get(), 0, 0) == 0;
		introduction_.reset();
	}
	return own_backend_;
}

/* Of a command that libpq was given; `sent`: what it said to it. */
void Session::expect(const std::shared_ptr<Reply>& reply, int sent)
{
	if (sent == 0)
		fail_lost();
	open_series_ = true;
	expected_.push_back(reply);
	if (expected_.size() == 1)
		begin_reading();
}

/* One that could not be prepared, for what reason ever, is prepared again. */
const std::string& Session::prepare(const std::string& sql)
{
	const auto failed = [](const Reply& reply) {
		return reply.done && (reply.results.empty() ||
		                      PQresultStatus(reply.results.front().get()) != PGRES_COMMAND_OK);
	};
	auto found = prepared_.find(sql);
	if (found != prepared_.end() && !failed(*found->second.reply))
		return found->second.name;
	if (prepared_.size() >= most_prepared)
	{
		prepared_.clear();
		(void)send("DEALLOCATE ALL", {}, Format::text);
	}
	Prepared& made = prepared_[sql];
	made.name = "p" + std::to_string(++prepared_count_);
	made.reply = std::make_shared<Reply>();
	made.reply->sql = sql;
	(void)activity_->count_command(sql, {});
	expect(made.reply,
	       PQsendPrepare(connection_.get(), made.name.c_str(), sql.c_str(), 0, nullptr));
	return made.name;
}

void Session::forget_prepared(const std::string& sql)
{
	const auto found = prepared_.find(sql);
	if (found == prepared_.end())
		return;
	const std::string name = found->second.name;
	prepared_.erase(found);
	send("DEALLOCATE " + name, {}, Format::text)->quick = true;
	end_series();
}

std::shared_ptr<Reply> Session::send_prepared(const std::string& sql,
                                              const std::vector<const char*>& parameters,
                                              Format format, bool by_row)
{
	const std::string& name = prepare(sql);
	auto reply = std::make_shared<Reply>();
	reply->sql = sql;
	reply->by_row = by_row;
	reply->bytes_sent = activity_->count_command({}, parameters);
	expect(reply,
	       PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(parameters.size()),
	                           parameters.data(), nullptr, nullptr, static_cast<int>(format)));
	return reply;
}

/* An error that breaks a transaction comes to all that is read after it: it counts once. */
void Session::fail(const pg_result* result, const std::string& sql)
{
	const pg::Failure failure = remote::failure_of(result, connection_.get(), secrets_, sql);
	if (result == nullptr || told_ != result)
		activity_->note_error(failure);
	told_ = result;
	throw failure;
}

void Session::fail_lost()
{
	if (!unusable_)
		fail(nullptr, "");
	const pg::Failure failure(pg::sqlstate::protocol_violation,
	                          "the remote does not answer, or not what was asked for");
	activity_->note_error(failure);
	throw failure;
}

std::shared_ptr<Reply> Session::send(const std::string& sql,
                                     const std::vector<const char*>& parameters, Format format,
                                     bool by_row)
{
	auto reply = std::make_shared<Reply>();
	reply->sql = sql;
	reply->by_row = by_row;
	reply->bytes_sent = activity_->count_command(sql, parameters);
	expect(reply, PQsendQueryParams(connection_.get(), sql.c_str(),
	                                static_cast<int>(parameters.size()), nullptr, parameters.data(),
	                                nullptr, nullptr, static_cast<int>(format)));
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
	open_series_ = false;
}

void Session::flush()
{
	if (PQflush(connection_.get()) < 0)
		fail_lost();
}

void Session::push()
{
	for (;;)
	{
		const int left = PQflush(connection_.get());
		if (left < 0 || broken())
			fail_lost();
		if (left == 0)
			return;
		const remote::Waiting waiting(*activity_);
		const pg::SocketWait ready{socket(), true, true};
		if (!pg::wait_for_sockets({ready}, -1, pg::WaitFor::send).empty())
			receive();
	}
}

/*
 * Whether a result can be the answer to a query. A remote that begins a COPY instead would be given
 * no end by libpq.
 */
bool belongs_here(ExecStatusType status)
{
	return status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE ||
	       status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY ||
	       status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED ||
	       status == PGRES_PIPELINE_SYNC;
}

/* Hands every result that is whole to its reply. */
void Session::take_what_came() noexcept
{
	while (!unusable_ && !expected_.empty() && PQisBusy(connection_.get()) == 0)
	{
		Result result(PQgetResult(connection_.get()), FreeResult());
		const ExecStatusType status = PQresultStatus(result.get());
		const std::shared_ptr<Reply> reply = expected_.front();
		if (!result && !reply)
			return;
		if (reply && !reply->quick && !reply->settles)
			activity_->count_result(result.get());
		if (result && status == PGRES_FATAL_ERROR && !failure_ && !(reply && reply->quick))
		{
			failure_ = result;
			failed_sql_ = reply ? std::move(reply->sql) : std::string();
		}
		/* What was left there would go on to others. */
		const bool not_renewed = status == PGRES_FATAL_ERROR && reply && reply == renewal_;
		if (result && (not_renewed || !belongs_here(status)))
		{
			unusable_ = true;
			return;
		}
		if (result && status != PGRES_PIPELINE_SYNC && reply)
		{
			/* Beside the queue and this function, whoever waits for it. */
			if (reply.use_count() > 2)
				reply->results.push_back(std::move(result));
			continue;
		}
		if (!result)
			reply->done = true;
		expected_.pop_front();
		cancelled_ = cancelled_ && !expected_.empty();
		begin_reading();
	}
}

void Session::receive() noexcept
{
	/* Of a connection that is lost, libpq may still have the remote's last words. */
	(void)remote::read_available(connection_.get());
	while (PGnotify* notification = PQnotifies(connection_.get()))
		PQfreemem(notification);
	take_what_came();
}

void Session::await(const Reply& reply, Traffic& traffic, pg::WaitFor reason)
{
	const auto is_there = [&] { return reply.done || (reply.by_row && !reply.results.empty()); };
	if (!is_there())
		take_what_came();
	if (is_there())
		return;
	if (open_series_)
		end_series();
	++traffic.round_trips;
	++activity_->counts().round_trips;
	const remote::Waiting waiting(*activity_);
	while (!is_there())
	{
		const int left = PQflush(connection_.get());
		if (left < 0 || broken())
			fail_lost();
		const pg::SocketWait ready{socket(), left > 0, true};
		if (!pg::wait_for_sockets({ready}, -1, reason).empty())
			receive();
	}
}

bool Session::drain(std::chrono::milliseconds limit, pg::WaitFor reason)
{
	const remote::Waiting waiting(*activity_);
	const auto end = Clock::now() + limit;
	if (open_series_ && !broken())
		end_series();
	for (take_what_came(); !expected_.empty() && !broken();)
	{
		const int left = PQflush(connection_.get());
		const auto time =
		    std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
		if (left < 0 || time < 0)
			return false;
		const pg::SocketWait ready{socket(), left > 0, true};
		if (!pg::wait_for_sockets({ready}, static_cast<long>(time), reason).empty())
			receive();
		else if (time == 0)
			return false;
	}
	return expected_.empty();
}

bool Session::awaits_little() const
{
	return !cancelled_ && std::all_of(expected_.begin(), expected_.end(),
	                                  [](const auto& reply) { return !reply || reply->quick; });
}

bool Session::is_standby() const
{
	const char* told = PQparameterStatus(connection_.get(), "in_hot_standby");
	return told != nullptr && strcmp(told, "on") == 0;
}

bool Session::broken() const
{
	return unusable_ || PQstatus(connection_.get()) != CONNECTION_OK;
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

std::string Session::application() const
{
	return remote::presentable(PQparameterStatus(connection_.get(), "application_name"), secrets_);
}

Result Session::take_result(Reply& reply)
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
	if (failure_)
		fail(failure_.get(), failed_sql_);
	fail(result.get(), reply.sql);
}

} // namespace datalinks::executor
