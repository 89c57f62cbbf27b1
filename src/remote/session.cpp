/*
 * A session to a remote over libpq: see session.hpp.
 */
#include "remote/session.hpp"

#include <chrono>
#include <new>

#include "postgres/guard.hpp"
#include "postgres/types.hpp"
#include "remote/secrets.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

namespace
{

using Clock = std::chrono::steady_clock;
namespace sqlstate = pg::sqlstate;

/* A notice of the remote's must not go to the server's standard error, libpq's default. */
void ignore_notice(void*, const PGresult*) {}

/* A place among the backend's file descriptors for one socket. */
void acquire_descriptor()
{
	if (!pg::call([] { return AcquireExternalFD(); }))
		throw pg::Failure(sqlstate::insufficient_resources, "could not connect to the remote")
		    .detail("There are too many open files on the local server.")
		    .hint("Raise the server's max_files_per_process and/or \"ulimit -n\" limits.");
}

/*
 * Sleeps until the socket is ready for what libpq wants, an interrupt came, or time is up.
 * Returns whether the socket is ready: PQconnectPoll must not be called before.
 */
bool wait_for_socket(PGconn* connection, PostgresPollingStatusType wants, long milliseconds)
{
	int events = WL_EXIT_ON_PM_DEATH | WL_LATCH_SET |
	             (wants == PGRES_POLLING_READING ? WL_SOCKET_READABLE : WL_SOCKET_WRITEABLE);
	if (milliseconds >= 0)
		events |= WL_TIMEOUT;
	return pg::call([&] {
		const int happened = WaitLatchOrSocket(MyLatch, events, PQsocket(connection), milliseconds,
		                                       PG_WAIT_EXTENSION);
		if (happened & WL_LATCH_SET)
		{
			ResetLatch(MyLatch);
			CHECK_FOR_INTERRUPTS();
		}
		return (happened & (WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE)) != 0;
	});
}

/* Drives the connection until it stands or fails; returns whether it timed out. */
bool poll_until_connected(PGconn* connection, int seconds)
{
	const auto deadline = Clock::now() + std::chrono::seconds(seconds);
	PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
	while (wants != PGRES_POLLING_OK && wants != PGRES_POLLING_FAILED)
	{
		long left = -1;
		if (seconds > 0)
		{
			left = static_cast<long>(
			    std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count());
			if (left <= 0)
				return true;
		}
		if (wait_for_socket(connection, wants, left))
			wants = PQconnectPoll(connection);
	}
	return false;
}

/* Starts connecting to one host. The caller holds the descriptor; ownership is taken at once. */
Session::Connection start(const Options& host, const std::string& client_encoding)
{
	std::vector<const char*> keywords, values;
	const auto add = [&](const char* keyword, const char* value) {
		keywords.push_back(keyword);
		values.push_back(value);
	};
	const Options options = libpq_options(host);
	for (const Option& option : options)
		add(option.keyword.c_str(), option.value.c_str());
	add("client_encoding", client_encoding.c_str());
	add("fallback_application_name", "datalinks");
	add(nullptr, nullptr);

	acquire_descriptor();
	PGconn* connection = PQconnectStartParams(keywords.data(), values.data(), 0);
	if (connection == nullptr)
	{
		ReleaseExternalFD();
		throw std::bad_alloc();
	}
	PQsetNoticeReceiver(connection, ignore_notice, nullptr);
	return Session::Connection(connection);
}

/* "host:port", as far as libpq knows it, for a message that tells several hosts apart. */
std::string host_of(const PGconn* connection)
{
	const char* host = PQhost(connection);
	const char* port = PQport(connection);
	return std::string(host != nullptr ? host : "") + ":" + (port != nullptr ? port : "");
}

[[noreturn]] void fail_to_connect(const Target& target, const std::string& reasons)
{
	pg::Failure failure(sqlstate::unable_to_connect, "could not connect to the remote");
	if (target.tell_reason)
		throw failure.detail(reasons);
	throw failure.hint("Check the host, port, database, user and password; a superuser is told "
	                   "the reason.");
}

void require_password(const Target& target)
{
	if (target.password_required && value_of(target.connection, "password").empty())
		throw pg::Failure(sqlstate::password_required, "password is required")
		    .detail("A role that is not a superuser must give a password for the remote.")
		    .hint("Put the password into the URL, as in postgres://user:password@host/database.");
}

void require_used_password(const Target& target, const PGconn* connection)
{
	if (target.password_required && !PQconnectionUsedPassword(connection))
		throw pg::Failure(sqlstate::password_required, "password is required")
		    .detail("The remote did not ask for the password; a role that is not a superuser "
		            "cannot link to a remote that lets anybody in.")
		    .hint("Change the remote's authentication method, for example to scram-sha-256.");
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

void Session::Closer::operator()(pg_conn* connection) const noexcept
{
	PQfinish(connection);
	ReleaseExternalFD();
}

Session::Session(Connection connection, const Target& target)
    : connection_(std::move(connection)), secrets_(secrets_of(target.connection))
{
}

Session Session::open(const Target& target)
{
	require_password(target);
	const auto secrets = secrets_of(target.connection);
	const int seconds = connect_timeout(target.connection);
	const auto hosts = split_hosts(target.connection);
	std::string reasons;
	for (const Options& host : hosts)
	{
		Connection connection = start(host, target.client_encoding);
		const bool timed_out = PQstatus(connection.get()) != CONNECTION_BAD &&
		                       poll_until_connected(connection.get(), seconds);
		if (!timed_out && PQstatus(connection.get()) == CONNECTION_OK)
		{
			require_used_password(target, connection.get());
			Session session(std::move(connection), target);
			session.begin();
			return session;
		}
		reasons += reasons.empty() ? "" : "\n";
		reasons += timed_out ? host_of(connection.get()) + ": no answer within " +
		                           std::to_string(seconds) + " s"
		                     : without_secrets(PQerrorMessage(connection.get()), secrets);
	}
	fail_to_connect(target, reasons);
}

void Session::begin()
{
	if (version() < 100000)
		throw pg::Failure(sqlstate::feature_not_supported,
		                  "the remote's PostgreSQL version " + version_text() + " is not supported")
		    .detail("Data links need a remote of PostgreSQL 10 or newer.");
	query("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", {}, 0);
	query("SET LOCAL search_path = pg_catalog", {}, 0);
}

std::string Session::clean(const char* text) const
{
	if (text == nullptr)
		return {};
	if (!pg::is_valid_text(text))
		return "(text in another encoding)";
	return without_secrets(text, secrets_);
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
	if (!PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
	                       values.data(), nullptr, nullptr, 0))
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
