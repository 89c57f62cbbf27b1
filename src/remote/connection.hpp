/*
 * A connection to a remote, as the session and the health check both open it: one host at a time,
 * without blocking, with a place among the backend's file descriptors, and never for somebody who
 * did not give a password and may not do without.
 */
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "postgres/guard.hpp"
#include "postgres/wait.hpp"
#include "remote/url.hpp"

struct pg_conn;

namespace datalinks::remote
{

/* What to connect to, and on whose behalf. */
struct Target
{
	Options connection;          /* options of the server and of the mapping */
	bool password_required;      /* the mapping's role is no superuser: design, section 7 */
	bool tell_reason;            /* may the caller learn why the remote could not be reached? */
	std::string client_encoding; /* the local database's */
};

/* Closes the connection and gives its descriptor back. */
struct Closer
{
	void operator()(pg_conn* connection) const noexcept;
};
using Connection = std::unique_ptr<pg_conn, Closer>;

/* Whether the backend may open one more connection, and what is needed to wait for it. */
bool has_room_for_connection();

/*
 * Begins to connect to one host (an element of split_hosts). Only the look-up of its name blocks:
 * libpq has no other. Throws pg::Failure 53000 where the descriptors run short.
 */
Connection start(const Options& host, const std::string& client_encoding);

/* A connection that is being made: what it waits for, one step of it, how it ended. */
class Attempt
{
public:
	explicit Attempt(pg_conn* connection);
	pg::SocketWait wait() const;
	/* To be called when the socket is ready; never before. */
	void advance();
	bool connected() const;
	bool failed() const;

private:
	pg_conn* connection_;
	int wants_; /* a PostgresPollingStatusType */
};

/* What is wrong with the password: none given, or none asked for. The Failure is 2F003. */
std::optional<pg::Failure> missing_password(const Target& target);
std::optional<pg::Failure> unused_password(const Target& target, const pg_conn* connection);

/* A text from libpq or the remote, fit to show: valid, and without the secrets. */
std::string presentable(const char* text, const std::vector<std::string>& secrets);

/* "host:port: no answer within 5 s" */
std::string no_answer(const pg_conn* connection, std::chrono::milliseconds within);

} // namespace datalinks::remote
