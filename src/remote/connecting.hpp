/*
 * Connecting to a remote host by host, in steps: whoever does it waits for the socket, for one
 * connection or for many at once.
 */
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "remote/activity.hpp"
#include "remote/connection.hpp"

namespace datalinks::remote
{

class Connecting
{
public:
	using Clock = std::chrono::steady_clock;

	/*
	 * Begins with the first host; the look-up of its name blocks. This and the steps below throw
	 * what connect() throws.
	 */
	explicit Connecting(const Target& target);

	/* Whether the connection stands, and is to be taken. */
	bool done() const
	{
		return done_;
	}
	Connection take()
	{
		return std::move(connection_);
	}

	/* Until then: what is waited for, and how long at the most; no time: for ever. */
	pg::SocketWait wait() const
	{
		return attempt_->wait();
	}
	std::optional<Clock::time_point> deadline() const
	{
		return deadline_;
	}

	/* The socket is ready. */
	void advance();
	/* The deadline has passed. */
	void expire();

private:
	template <typename F>
	void counted(F step);
	void start_next();
	void look();
	void host_failed(const std::string& reason);

	const Target& target_;
	std::shared_ptr<Activity> activity_;
	std::vector<Options> hosts_;
	std::vector<std::string> secrets_;
	int seconds_ = 0; /* for each host; 0: no limit */
	size_t next_ = 0;
	std::string reasons_; /* of the hosts before */
	Connection connection_;
	std::optional<Attempt> attempt_;
	std::optional<Clock::time_point> deadline_;
	bool done_ = false;
};

/* Milliseconds until then, as wait_for_sockets() takes them: negative for ever, 0 when it is over.
 */
long time_left(const std::optional<Connecting::Clock::time_point>& deadline);

} // namespace datalinks::remote
