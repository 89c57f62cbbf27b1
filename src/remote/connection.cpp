/*
 * A connection to a remote: see connection.hpp.
 */
#include "remote/connection.hpp"

#include <new>

#include "postgres/types.hpp"
#include "remote/secrets.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

namespace
{

namespace sqlstate = pg::sqlstate;

/* A notice of the remote's must not go to the server's standard error, libpq's default. */
void ignore_notice(void*, const PGresult*) {}

/*
 * A place among the backend's file descriptors for one socket. There must be another for the set
 * that waits for it: without, that wait would fail with words that help nobody.
 */
bool acquire_descriptor()
{
	return pg::call([] {
		if (!AcquireExternalFD())
			return false;
		const bool room_to_wait = AcquireExternalFD();
		ReleaseExternalFD();
		return room_to_wait;
	});
}

} // namespace

void Closer::operator()(pg_conn* connection) const noexcept
{
	PQfinish(connection);
	ReleaseExternalFD();
}

bool has_room_for_connection()
{
	const bool room = acquire_descriptor();
	if (room)
		ReleaseExternalFD();
	return room;
}

Connection start(const Options& host, const std::string& client_encoding)
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

	if (!acquire_descriptor())
		throw pg::Failure(sqlstate::insufficient_resources, "could not connect to the remote")
		    .detail("There are too many open files on the local server.")
		    .hint("Raise the server's max_files_per_process and/or \"ulimit -n\" limits.");
	PGconn* connection = PQconnectStartParams(keywords.data(), values.data(), 0);
	if (connection == nullptr)
	{
		ReleaseExternalFD();
		throw std::bad_alloc();
	}
	PQsetNoticeReceiver(connection, ignore_notice, nullptr);
	return Connection(connection);
}

Attempt::Attempt(pg_conn* connection)
    : connection_(connection),
      wants_(PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING)
{
}

pg::SocketWait Attempt::wait() const
{
	return {PQsocket(connection_), wants_ == PGRES_POLLING_WRITING};
}

void Attempt::advance()
{
	wants_ = PQconnectPoll(connection_);
}

bool Attempt::connected() const
{
	return wants_ == PGRES_POLLING_OK;
}

bool Attempt::failed() const
{
	return wants_ == PGRES_POLLING_FAILED;
}

std::optional<pg::Failure> missing_password(const Target& target)
{
	if (!target.password_required || !value_of(target.connection, "password").empty())
		return std::nullopt;
	return pg::Failure(sqlstate::password_required, "password is required")
	    .detail("A role that is not a superuser must give a password for the remote.")
	    .hint("Put the password into the URL, as in postgres://user:password@host/database.");
}

std::optional<pg::Failure> unused_password(const Target& target, const pg_conn* connection)
{
	if (!target.password_required || PQconnectionUsedPassword(connection))
		return std::nullopt;
	return pg::Failure(sqlstate::password_required, "password is required")
	    .detail("The remote did not ask for the password; a role that is not a superuser "
	            "cannot link to a remote that lets anybody in.")
	    .hint("Change the remote's authentication method, for example to scram-sha-256.");
}

std::string presentable(const char* text, const std::vector<std::string>& secrets)
{
	if (text == nullptr)
		return {};
	if (!pg::is_valid_text(text))
		return "(text in another encoding)";
	return without_secrets(text, secrets);
}

std::string no_answer(const pg_conn* connection, std::chrono::milliseconds within)
{
	const char* host = PQhost(connection);
	const char* port = PQport(connection);
	const auto number = within.count();
	return std::string(host != nullptr ? host : "") + ":" + (port != nullptr ? port : "") +
	       ": no answer within " +
	       (number % 1000 == 0 ? std::to_string(number / 1000) + " s"
	                           : std::to_string(number) + " ms");
}

} // namespace datalinks::remote
