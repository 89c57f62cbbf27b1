/*
 * A connection to a remote: see connection.hpp.
 */
#include "remote/connection.hpp"

#include <array>
#include <new>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>

#include "postgres/types.hpp"
#include "remote/hosts.hpp"
#include "remote/rules.hpp"
#include "remote/scram.hpp"
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

namespace
{

/* What a rule says repeats the host, which of a named URL is not for everybody to know. */
pg::Failure as_told(const Target& target, const pg::Failure& failure)
{
	if (!target.named || target.tell_reason)
		return failure;
	return pg::Failure(failure.code(), failure.what())
	    .detail("The server's rules do not allow what the named URL stands for.")
	    .hint("Ask the server's administrator: a superuser is told the reason.");
}

} // namespace

LookUp look_up(Options& host, const Target& target)
{
	const auto rules = Rules::in_force(target.superusers_alone);
	LookUp found = rules ? rules->look_up(host, target.tell_reason) : LookUp();
	if (found.refused)
		found.refused = as_told(target, *found.refused);
	return found;
}

Connection start(const Options& host, const Target& target)
{
	std::vector<const char*> keywords, values;
	const auto add = [&](const char* keyword, const char* value) {
		keywords.push_back(keyword);
		values.push_back(value);
	};
	/* Of a keyword that comes twice, libpq takes the last. */
	Options options = libpq_options(host);
	if (target.password_required)
	{
		const Options required = password_parameters(options);
		options.insert(options.end(), required.begin(), required.end());
	}
	for (const Option& option : options)
		add(option.keyword.c_str(), option.value.c_str());
	add("client_encoding", target.client_encoding.c_str());
	add("fallback_application_name", target.application.c_str());
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

/*
 * Whether libpq may take what the remote has sent. Without TLS it can be looked at first, and an
 * authentication message is kept back until it is whole; a connection that is closed brings no
 * more of it.
 */
bool Attempt::may_proceed()
{
	if (PQstatus(connection_) != CONNECTION_AWAITING_RESPONSE || PQsslInUse(connection_) ||
	    PQgssEncInUse(connection_))
		return true;
	std::array<char, 8192> bytes;
	pollfd closed{PQsocket(connection_), POLLRDHUP, 0};
	const bool more_can_come = poll(&closed, 1, 0) == 0;
	const auto size = recv(closed.fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
	const Demand demand = size > 0
	                          ? demand_of(std::string_view(bytes.data(), static_cast<size_t>(size)))
	                          : Demand::fair;
	if (demand == Demand::excessive)
		give_up("the remote asks for too many rounds of password hashing (SCRAM iterations)");
	/* The socket is not ready again before more has come. */
	const bool wait = demand == Demand::unfinished && more_can_come;
	const int enough = wait ? static_cast<int>(size) + 1 : 1;
	setsockopt(closed.fd, SOL_SOCKET, SO_RCVLOWAT, &enough, sizeof(enough));
	return demand != Demand::excessive && !wait;
}

void Attempt::give_up(const char* reason)
{
	reason_ = reason;
	wants_ = PGRES_POLLING_FAILED;
}

void Attempt::advance()
{
	/* A remote may talk without an end before it says that it is ready. */
	constexpr int most_steps = 10000;
	if (++steps_ > most_steps)
		give_up("the remote sends more than belongs to connecting");
	else if (may_proceed())
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

const char* Attempt::message() const
{
	return reason_ != nullptr ? reason_ : PQerrorMessage(connection_);
}

namespace
{

pg::Failure unusable(const std::string& detail)
{
	return pg::Failure(sqlstate::invalid_parameter_value,
	                   "the server's options do not make a connection")
	    .detail(detail)
	    .hint("Correct them with ALTER SERVER ... OPTIONS (SET ...), or datalink_set_remote().");
}

pg::Failure password_required(const char* detail)
{
	return pg::Failure(sqlstate::password_required, "password is required").detail(detail);
}

} // namespace

std::vector<Options> hosts_of(const Target& target)
{
	const auto rules = Rules::in_force(target.superusers_alone);
	std::vector<Options> hosts;
	try
	{
		(void)connect_timeout(target.connection);
		hosts = split_hosts(rules ? rules->effective(target.connection) : target.connection);
	}
	catch (const UrlError& error)
	{
		throw unusable(error.detail());
	}
	if (rules)
		for (const Options& host : hosts)
			if (const auto failure = rules->refusal(host))
				throw as_told(target, *failure);
	return hosts;
}

std::optional<pg::Failure> refusal_of(const Target& target)
{
	const Options& options = target.connection;
	if (target.password_required && value_of(options, "password").empty())
		return password_required("A role that is not a superuser must give a password for the "
		                         "remote.")
		    .hint("Put the password into the URL, as in postgres://user:password@host/database.");
	if (const auto refused = refused_parameter(target.unprivileged))
		return pg::Failure(sqlstate::insufficient_privilege,
		                   "permission denied to use connection option \"" + refused->keyword +
		                       "\"")
		    .detail(refused->detail);
	if (const auto refused = unreadable_file(options))
		return unusable(refused->detail);
	if (const auto refused = oversized_value(options))
		return unusable(refused->detail);
	if (!target.password_required)
		return std::nullopt;
	if (knows_parameter("require_auth"))
	{
		if (required_methods(options).empty())
			return password_required("The option require_auth leaves out every method that asks "
			                         "for a password.");
	}
	else if (may_use_socket(options))
		return password_required(socket_detail)
		    .hint("Name the host to connect to over TCP, for example 127.0.0.1.");
	return std::nullopt;
}

namespace
{

/* libpq closed the connection itself; its text, in whatever language, holds what it insisted on. */
bool insisted_in_vain(const Target& target, const pg_conn* connection)
{
	return PQstatus(connection) == CONNECTION_BAD && knows_parameter("require_auth") &&
	       std::string_view(PQerrorMessage(connection))
	               .find('"' + required_methods(target.connection) + '"') != std::string_view::npos;
}

} // namespace

std::optional<pg::Failure> unused_password(const Target& target, const pg_conn* connection)
{
	const bool stands = PQstatus(connection) == CONNECTION_OK;
	if (!target.password_required || (stands ? PQconnectionUsedPassword(connection) != 0
	                                         : !insisted_in_vain(target, connection)))
		return std::nullopt;
	return password_required("The remote did not ask for the password; a role that is not a "
	                         "superuser cannot link to a remote that lets anybody in.")
	    .hint("Change the remote's authentication method, for example to scram-sha-256.");
}

std::optional<pg::Failure> missing_tls(const Target& target, const pg_conn* connection)
{
	const auto rules = Rules::in_force(target.superusers_alone);
	return rules ? rules->refusal(connection) : std::nullopt;
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

bool read_available(pg_conn* connection)
{
	return PQconsumeInput(connection) != 0 &&
	       (PQsslInUse(connection) == 0 || PQconsumeInput(connection) != 0);
}

} // namespace datalinks::remote
