/*
 * Connecting to a remote: see connecting.hpp.
 */
#include "remote/connecting.hpp"

#include <algorithm>

#include "remote/hosts.hpp"
#include "remote/session.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

namespace
{

namespace sqlstate = pg::sqlstate;

[[noreturn]] void fail_to_connect(const Target& target, const std::string& reasons)
{
	pg::Failure failure(sqlstate::unable_to_connect, "could not connect to the remote");
	if (target.tell_reason)
		throw failure.detail(reasons);
	throw failure.hint("Check the host, port, database, user and password; a superuser is told "
	                   "the reason.");
}

void require_supported(const pg_conn* connection, const std::vector<std::string>& secrets)
{
	if (PQserverVersion(connection) < 100000)
		throw pg::Failure(
		    sqlstate::feature_not_supported,
		    "the remote's PostgreSQL version " +
		        presentable(PQparameterStatus(connection, "server_version"), secrets) +
		        " is not supported")
		    .detail("Data links need a remote of PostgreSQL 10 or newer.");
}

} // namespace

long time_left(const std::optional<Connecting::Clock::time_point>& deadline)
{
	if (!deadline)
		return -1;
	return std::max(0L, static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(
	                                          *deadline - Connecting::Clock::now())
	                                          .count()));
}

template <typename F>
void Connecting::counted(F step)
{
	try
	{
		step();
	}
	catch (const pg::Failure& failure)
	{
		/* Where a named URL leads is not for everybody to know. */
		activity_->note_error(target_.named ? pg::Failure(failure.code(), "") : failure);
		throw;
	}
}

Connecting::Connecting(const Target& target)
    : target_(target), activity_(activity_with(target.server)),
      secrets_(secrets_of(target.connection))
{
	counted([&] {
		hosts_ = hosts_of(target_);
		if (const auto failure = refusal_of(target_))
			throw *failure;
		seconds_ = connect_timeout(target_.connection);
		start_next();
	});
}

/* The look-up of a name blocks: it counts, and what came meanwhile is looked at after it. */
void Connecting::start_next()
{
	for (;;)
	{
		if (next_ == hosts_.size())
			fail_to_connect(target_, reasons_);
		Options& host = hosts_[next_++];
		deadline_.reset();
		if (seconds_ > 0)
			deadline_ = Clock::now() + std::chrono::seconds(seconds_);
		const LookUp found = look_up(host, target_);
		if (found.refused)
			throw *found.refused;
		if (!found.failed.empty())
		{
			host_failed(presentable(found.failed.c_str(), secrets_));
			continue;
		}
		connection_ = start(host, target_);
		pg::check_interrupts();
		attempt_.emplace(connection_.get());
		if (!attempt_->failed())
			return;
		look();
		if (connection_)
			return;
	}
}

void Connecting::host_failed(const std::string& reason)
{
	reasons_ += reasons_.empty() ? "" : "\n";
	reasons_ += reason;
	attempt_.reset();
	connection_.reset();
}

/* What has become of the attempt; where it has failed, there is no connection any more. */
void Connecting::look()
{
	if (!attempt_->connected() && !attempt_->failed())
		return;
	if (const auto failure = unused_password(target_, connection_.get()))
		throw *failure;
	if (attempt_->failed())
	{
		host_failed(presentable(attempt_->message(), secrets_));
		return;
	}
	if (const auto failure = missing_tls(target_, connection_.get()))
		throw *failure;
	require_supported(connection_.get(), secrets_);
	activity_->note_connection();
	done_ = true;
}

void Connecting::advance()
{
	counted([&] {
		attempt_->advance();
		look();
		if (!connection_)
			start_next();
	});
}

void Connecting::expire()
{
	counted([&] {
		if (const auto failure = unused_password(target_, connection_.get()))
			throw *failure;
		host_failed(no_answer(connection_.get(), std::chrono::seconds(seconds_)));
		start_next();
	});
}

Connection connect(const Target& target)
{
	const auto activity = activity_with(target.server);
	const Waiting waiting(*activity);
	Connecting connecting(target);
	while (!connecting.done())
	{
		const long left = time_left(connecting.deadline());
		if (left == 0)
			connecting.expire();
		else if (!pg::wait_for_sockets({connecting.wait()}, left, pg::WaitFor::connect).empty())
			connecting.advance();
	}
	return connecting.take();
}

} // namespace datalinks::remote
