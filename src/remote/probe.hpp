/*
 * One look at whether a remote answers: connecting host by host, then one round trip. It never
 * waits itself: whoever runs it waits for its socket, and calls it when that is ready or time is
 * up. What the remote does wrong becomes its answer, and is never thrown.
 */
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "remote/connection.hpp"

namespace datalinks::remote
{

/* Of several hosts that failed, the later in this list says most about the link. */
enum class Health
{
	ok,
	refused,
	unreachable,
	timeout,
	authentication_failed,
	read_only
};

struct Answer
{
	Health health = Health::ok;
	std::optional<std::chrono::microseconds> latency; /* of one round trip */
	std::string server_version;                       /* as the remote prints it; may be empty */
	std::string tls;                                  /* the protocol's version; empty without */
	std::string detail;                               /* why, as far as the caller may know */
};

class Probe
{
public:
	using Clock = std::chrono::steady_clock;

	/* `writes`: the link is to write as well, so that a remote that does not is worth a status. */
	Probe(Target target, bool writes, std::chrono::microseconds timeout);

	/* In one of these states at a time; the rest is asked, and called, only in the right one. */
	enum class State
	{
		starting, /* waits for its turn to start() */
		connecting,
		asking,
		answered
	};
	State state() const
	{
		return state_;
	}

	/*
	 * Begins to connect to the next host; the look-up of its name, where it needs one, blocks.
	 * Throws pg::Failure 53000 where descriptors run short.
	 */
	void start();
	bool needs_look_up() const;
	/* Instead of start(): no more time may go into look-ups. */
	void give_up();
	std::chrono::microseconds timeout() const
	{
		return timeout_;
	}

	/* While connecting or asking. */
	pg::SocketWait wait() const;
	Clock::time_point deadline() const
	{
		return deadline_;
	}
	/* The time was lost here, on something else. */
	void postpone(Clock::duration lost);
	/* The socket is ready. */
	void advance();
	/* The deadline has passed. */
	void expire();

	/* When answered; the connection is closed then. */
	const Answer& answer() const
	{
		return answer_;
	}

private:
	void refuse(Health health, const pg::Failure& failure);
	void finish();
	void host_failed(Health health, const std::string& detail, bool last);
	void connection_failed();
	void connected();
	bool refused_unused_password();
	void send();
	void receive();
	void read_answer(const void* result);
	std::string parameter(const char* name) const;

	Target target_;
	bool writes_;
	std::chrono::microseconds timeout_;
	std::vector<std::string> secrets_;
	std::vector<Options> hosts_;
	std::chrono::seconds host_limit_{0}; /* the link's own connect_timeout; 0: none */

	State state_ = State::starting;
	size_t next_ = 0; /* of the hosts */
	Connection connection_;
	std::optional<Attempt> attempt_;
	bool sending_ = false;
	std::optional<Clock::time_point> end_; /* of all the hosts' time; set when the first starts */
	Clock::time_point deadline_;
	std::chrono::milliseconds allowed_{0}; /* from the start of this wait to the deadline */
	Clock::time_point asked_;
	Answer answer_;
};

} // namespace datalinks::remote
