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
#include "remote/administrator.hpp"
#include "remote/options.hpp"

struct pg_conn;

namespace datalinks::remote
{

/* What to connect to, and on whose behalf. */
struct Target
{
	Options connection;          /* options of the server and of the mapping */
	bool password_required;      /* somebody who has a say in it is no superuser: section 7 */
	bool superusers_alone;       /* nobody who has: the administrator's rules are not theirs */
	Options unprivileged;        /* those of them that no superuser answers for */
	bool named = false;          /* by the administrator's file: it is not told where that leads */
	bool tell_reason;            /* may the caller learn why the remote could not be reached? */
	std::string client_encoding; /* the local database's */
	std::string application;     /* as the session is called there, unless an option says */
	unsigned server = 0;         /* that it is told of; 0: none */
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
 * Looks up the name of one host (an element of hosts_of), which blocks, where a rule of the
 * administrator's asks for its addresses; the host has them then.
 */
LookUp look_up(Options& host, const Target& target);

/*
 * Begins to connect to one host that look_up() has seen. Only the look-up of its name blocks, where
 * that is left to libpq. Throws pg::Failure 53000 where the descriptors run short.
 */
Connection start(const Options& host, const Target& target);

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
	/* Why it failed: libpq's text, or our own. */
	const char* message() const;

private:
	bool may_proceed();
	void give_up(const char* reason);

	pg_conn* connection_;
	int wants_; /* a PostgresPollingStatusType */
	int steps_ = 0;
	const char* reason_ = nullptr;
};

/*
 * One set of options for each host to try, as split_hosts. Throws pg::Failure: 22023 for options
 * that no connection can be made with, 42501 where a rule of the administrator's forbids one of the
 * hosts or its sslmode, as far as that is known before any name is looked up.
 */
std::vector<Options> hosts_of(const Target& target);

/*
 * Why nobody may connect by these options on this target's behalf, known before connecting: no
 * password given (2F003), a socket where libpq cannot insist on the password (2F003), a parameter
 * for superusers alone (42501), a file or value that libpq would hang on (22023).
 */
std::optional<pg::Failure> refusal_of(const Target& target);

/*
 * The remote let us in without asking for the password, or libpq would not be let in so (2F003).
 * For a connection that has come to an end, good or bad.
 */
std::optional<pg::Failure> unused_password(const Target& target, const pg_conn* connection);

/* The connection stands, and a rule of the administrator's forbids it all the same (42501). */
std::optional<pg::Failure> missing_tls(const Target& target, const pg_conn* connection);

/*
 * Has libpq read what has come, for a socket that is ready; returns false where the connection is
 * lost. Of a TLS record that libpq had no room for, the rest shows no more on the socket: it is
 * read too.
 */
bool read_available(pg_conn* connection);

/* A text from libpq or the remote, fit to show: valid, and without the secrets. */
std::string presentable(const char* text, const std::vector<std::string>& secrets);

/* "host:port: no answer within 5 s" */
std::string no_answer(const pg_conn* connection, std::chrono::milliseconds within);

} // namespace datalinks::remote
