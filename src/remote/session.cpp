/*
 * A session to a remote over libpq: see session.hpp.
 */
#include "remote/session.hpp"

#include <chrono>
#include <memory>

#include "postgres/guard.hpp"
#include "postgres/types.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

namespace
{

using Clock = std::chrono::steady_clock;
namespace sqlstate = pg::sqlstate;

/* Drives the connection until it stands or fails; returns whether it timed out. */
bool poll_until_connected(PGconn* connection, int seconds)
{
	const auto deadline = Clock::now() + std::chrono::seconds(seconds);
	Attempt attempt(connection);
	while (!attempt.connected() && !attempt.failed())
	{
		long left = -1;
		if (seconds > 0)
		{
			left = static_cast<long>(
			    std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count());
			if (left <= 0)
				return true;
		}
		if (!pg::wait_for_sockets({attempt.wait()}, left).empty())
			attempt.advance();
	}
	return false;
}

[[noreturn]] void fail_to_connect(const Target& target, const std::string& reasons)
{
	pg::Failure failure(sqlstate::unable_to_connect, "could not connect to the remote");
	if (target.tell_reason)
		throw failure.detail(reasons);
	throw failure.hint("Check the host, port, database, user and password; a superuser is told "
	                   "the reason.");
}

Rows rows_of(const PGresult* result, int columns)
{
	Rows rows(static_cast<size_t>(PQntuples(result)));
	for (size_t row = 0; row < rows.size(); ++row)
		for (int column = 0; column < columns; ++column)
		{
			const int at = static_cast<int>(row);
			const char* text = PQgetvalue(result, at, column);
			if (PQgetisnull(result, at, column))
				rows[row].emplace_back();
			else if (pg::is_valid_text(text))
				rows[row].emplace_back(text);
			else
				throw pg::Failure(sqlstate::protocol_violation,
				                  "the remote's answer is not in the encoding that was asked for");
		}
	return rows;
}

} // namespace

Session::Session(Connection connection, const Target& target)
    : connection_(std::move(connection)), secrets_(secrets_of(target.connection))
{
}

Session Session::open(const Target& target)
{
	if (const auto failure = missing_password(target))
		throw *failure;
	const auto secrets = secrets_of(target.connection);
	const int seconds = connect_timeout(target.connection);
	const auto hosts = split_hosts(target.connection);
	std::string reasons;
	for (const Options& host : hosts)
	{
		Connection connection = start(host, target.client_encoding);
		const bool timed_out = poll_until_connected(connection.get(), seconds);
		if (!timed_out && PQstatus(connection.get()) == CONNECTION_OK)
		{
			if (const auto failure = unused_password(target, connection.get()))
				throw *failure;
			Session session(std::move(connection), target);
			session.begin();
			return session;
		}
		reasons += reasons.empty() ? "" : "\n";
		reasons += timed_out ? no_answer(connection.get(), std::chrono::seconds(seconds))
		                     : presentable(PQerrorMessage(connection.get()), secrets);
	}
	fail_to_connect(target, reasons);
}

void Session::begin()
{
	if (version() < 100000)
		throw pg::Failure(sqlstate::feature_not_supported,
		                  "the remote's PostgreSQL version " + version_text() + " is not supported")
		    .detail("Data links need a remote of PostgreSQL 10 or newer.");
	query("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
	      " SET LOCAL search_path = pg_catalog",
	      {}, 0);
}

std::string Session::clean(const char* text) const
{
	return presentable(text, secrets_);
}

void Session::fail(const void* result, const std::string& sql) const
{
	const auto* failed = static_cast<const PGresult*>(result);
	const auto field = [&](int code) {
		return clean(failed != nullptr ? PQresultErrorField(failed, code) : nullptr);
	};
	const std::string state = field(PG_DIAG_SQLSTATE);
	int code = ERRCODE_CONNECTION_FAILURE;
	if (state.size() == 5)
		code = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
	std::string message = field(PG_DIAG_MESSAGE_PRIMARY);
	if (message.empty())
		message = clean(PQerrorMessage(connection_.get()));
	if (message.empty())
		message = "the remote gave no reason";
	throw pg::Failure(code, std::move(message))
	    .detail(field(PG_DIAG_MESSAGE_DETAIL))
	    .hint(field(PG_DIAG_MESSAGE_HINT))
	    .context("remote SQL command: " + sql);
}

Rows Session::query(const std::string& sql, const std::vector<std::string>& parameters, int columns)
{
	std::vector<const char*> values;
	values.reserve(parameters.size());
	for (const std::string& parameter : parameters)
		values.push_back(parameter.c_str());
	/* The simple protocol takes several statements at once; the extended one, parameters. */
	const int sent =
	    parameters.empty()
	        ? PQsendQuery(connection_.get(), sql.c_str())
	        : PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
	                            nullptr, values.data(), nullptr, nullptr, 0);
	if (sent == 0)
		fail(nullptr, sql);

	const std::unique_ptr<PGresult, decltype(&PQclear)> result(
	    pg::call([&] { return libpqsrv_get_result_last(connection_.get(), PG_WAIT_EXTENSION); }),
	    PQclear);
	const ExecStatusType status = PQresultStatus(result.get());
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		fail(result.get(), sql);
	if (PQnfields(result.get()) != columns)
		throw pg::Failure(sqlstate::protocol_violation,
		                  "the remote's answer does not have the columns that were asked for")
		    .context("remote SQL command: " + sql);

	return rows_of(result.get(), columns);
}

int Session::version() const
{
	return PQserverVersion(connection_.get());
}

std::string Session::version_text() const
{
	return clean(PQparameterStatus(connection_.get(), "server_version"));
}

bool Session::uses_tls() const
{
	return PQsslInUse(connection_.get()) != 0;
}

} // namespace datalinks::remote
