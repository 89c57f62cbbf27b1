/*
 * One look at whether a remote answers: see probe.hpp.
 */
#include "remote/probe.hpp"

#include <algorithm>
#include <string_view>

#include "remote/hosts.hpp"
#include "remote/reason.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

namespace
{

/* Qualified: nobody has set the remote's search_path. */
constexpr const char* question = "SELECT pg_catalog.pg_is_in_recovery(),"
                                 " pg_catalog.current_setting('transaction_read_only')";

std::chrono::milliseconds in_milliseconds(Probe::Clock::duration duration)
{
	return std::chrono::ceil<std::chrono::milliseconds>(duration);
}

Health health_of(const Reason& reason)
{
	if (reason.sqlstate.starts_with("28"))
		return Health::authentication_failed;
	return reason.refused ? Health::refused : Health::unreachable;
}

} // namespace

Probe::Probe(Target target, bool writes, std::chrono::microseconds timeout)
    : target_(std::move(target)), writes_(writes), timeout_(timeout),
      secrets_(secrets_of(target_.connection))
{
	try
	{
		hosts_ = hosts_of(target_);
		host_limit_ = std::chrono::seconds(connect_timeout(target_.connection));
	}
	catch (const pg::Failure& failure)
	{
		refuse(Health::unreachable, failure);
		return;
	}
	if (const auto failure = refusal_of(target_))
		refuse(failure->code() == pg::sqlstate::password_required ? Health::authentication_failed
		                                                          : Health::unreachable,
		       *failure);
}

/* By our own rules, which everybody may know. */
void Probe::refuse(Health health, const pg::Failure& failure)
{
	answer_.health = health;
	answer_.detail = failure.detail();
	finish();
}

void Probe::finish()
{
	attempt_.reset();
	connection_.reset();
	state_ = State::answered;
}

bool Probe::needs_look_up() const
{
	return remote::needs_look_up(hosts_[next_]);
}

void Probe::start()
{
	/* What is left is divided among the hosts that are left: a silent one must not take it all. */
	const auto now = Clock::now();
	if (!end_)
		end_ = now + timeout_;
	auto share = (*end_ - now) / static_cast<long>(hosts_.size() - next_);
	if (host_limit_.count() > 0)
		share = std::min<Clock::duration>(share, host_limit_);
	deadline_ = now + share;
	allowed_ = in_milliseconds(share);

	Options& host = hosts_[next_++];
	const LookUp found = look_up(host, target_);
	if (found.refused)
	{
		refuse(Health::unreachable, *found.refused);
		return;
	}
	if (!found.failed.empty())
	{
		host_failed(Health::unreachable, found.failed, false);
		return;
	}
	connection_ = remote::start(host, target_);
	PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);

	state_ = State::connecting;
	attempt_.emplace(connection_.get());
	if (attempt_->failed())
		connection_failed();
}

pg::SocketWait Probe::wait() const
{
	if (state_ == State::connecting)
		return attempt_->wait();
	return {PQsocket(connection_.get()), sending_};
}

void Probe::give_up()
{
	host_failed(Health::timeout, "looking up the names of hosts took too long", true);
}

void Probe::postpone(Clock::duration lost)
{
	deadline_ += lost;
	*end_ += lost;
}

void Probe::advance()
{
	if (state_ == State::asking)
	{
		sending_ ? send() : receive();
		return;
	}
	attempt_->advance();
	if (attempt_->connected())
		connected();
	else if (attempt_->failed())
		connection_failed();
}

void Probe::expire()
{
	host_failed(Health::timeout, no_answer(connection_.get(), allowed_), state_ == State::asking);
}

/* One host is done with; what is known of the link is what its most telling host showed. */
void Probe::host_failed(Health health, const std::string& detail, bool last)
{
	answer_.health = std::max(answer_.health, health);
	if (target_.tell_reason)
		answer_.detail += (answer_.detail.empty() ? "" : "\n") + detail;
	if (last || next_ == hosts_.size())
	{
		finish();
		return;
	}
	attempt_.reset();
	connection_.reset();
	state_ = State::starting;
}

/* What a libpq text says; like libpq, goes on to the next host unless a server gave the reason. */
void Probe::connection_failed()
{
	if (state_ == State::connecting && refused_unused_password())
		return;
	const char* message = attempt_ ? attempt_->message() : PQerrorMessage(connection_.get());
	const Reason reason = read_reason(presentable(message, secrets_));
	Health health = health_of(reason);
	if (PQconnectionNeedsPassword(connection_.get()))
		health = Health::authentication_failed;
	/* These are known where it let us in, and target_session_attrs then asked for another. */
	else if (state_ == State::connecting && reason.sqlstate.empty() &&
	         (parameter("in_hot_standby") == "on" ||
	          parameter("default_transaction_read_only") == "on"))
		health = Health::read_only;
	const bool starting_up = reason.sqlstate == "57P03";
	host_failed(health, reason.text,
	            state_ == State::asking || (!reason.sqlstate.empty() && !starting_up));
}

bool Probe::refused_unused_password()
{
	const auto failure = unused_password(target_, connection_.get());
	if (failure)
	{
		answer_ = Answer();
		refuse(Health::authentication_failed, *failure);
	}
	return failure.has_value();
}

void Probe::connected()
{
	if (refused_unused_password())
		return;
	if (const auto failure = missing_tls(target_, connection_.get()))
	{
		answer_ = Answer();
		refuse(Health::unreachable, *failure);
		return;
	}
	attempt_.reset();
	state_ = State::asking;
	asked_ = Clock::now();
	deadline_ = *end_;
	allowed_ = in_milliseconds(deadline_ - asked_);
	PQsetnonblocking(connection_.get(), 1);
	if (PQsendQueryParams(connection_.get(), question, 0, nullptr, nullptr, nullptr, nullptr, 0))
		send();
	else
		connection_failed();
}

void Probe::send()
{
	const int left = PQflush(connection_.get());
	sending_ = left > 0;
	if (left < 0)
		connection_failed();
}

void Probe::receive()
{
	if (!read_available(connection_.get()))
		connection_failed();
	else if (!PQisBusy(connection_.get()))
	{
		const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(connection_.get()),
		                                                           PQclear);
		read_answer(result.get());
	}
}

void Probe::read_answer(const void* received)
{
	const auto* result = static_cast<const PGresult*>(received);
	const auto latency = Clock::now() - asked_;
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		connection_failed();
		return;
	}
	if (PQntuples(result) != 1 || PQnfields(result) != 2)
	{
		host_failed(Health::unreachable, "the remote's answer is not what was asked for", true);
		return;
	}
	/* A host that failed before does not matter: the link works. */
	answer_ = Answer();
	answer_.latency = std::chrono::duration_cast<std::chrono::microseconds>(latency);
	answer_.server_version = parameter("server_version");
	answer_.tls = presentable(PQsslAttribute(connection_.get(), "protocol"), secrets_);
	const bool standby = std::string_view(PQgetvalue(result, 0, 0)) == "t";
	const bool read_only = std::string_view(PQgetvalue(result, 0, 1)) == "on";
	if (writes_ && (standby || read_only))
	{
		answer_.health = Health::read_only;
		answer_.detail =
		    standby ? "the remote is a standby" : "transactions of the remote are read-only";
	}
	finish();
}

std::string Probe::parameter(const char* name) const
{
	return presentable(PQparameterStatus(connection_.get(), name), secrets_);
}

} // namespace datalinks::remote
