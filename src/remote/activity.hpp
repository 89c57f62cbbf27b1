/*
 * What this session does with the remotes, by foreign server, in sums that cost next to nothing:
 * they are kept for each result and each command, never for each row of one.
 *
 * They are no part of a transaction: what was done is counted whether or not it is rolled back.
 */
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "postgres/guard.hpp"

struct pg_result;

namespace datalinks::remote
{

/* Plain values: they stand in shared memory, too. */
struct Counts
{
	int64_t queries = 0;     /* commands that were sent, whatever they do */
	int64_t round_trips = 0; /* waits for the remote that were not over at once */
	int64_t rows_received = 0;
	int64_t bytes_received = 0; /* of rows, see size_of() */
	int64_t rows_sent = 0;
	int64_t bytes_sent = 0; /* of commands, their parameters, and COPY */
	int64_t waited = 0;     /* nanoseconds */
	int64_t connects = 0;
	int64_t reconnects = 0; /* those of them in place of a connection that was lost */
	int64_t errors = 0;

	Counts& operator+=(const Counts& other);
	Counts& operator-=(const Counts& other);
};

/* The last error; without a code there was none. */
struct LastError
{
	int code = 0;
	char message[256] = {}; /* empty where it may hold values */
	int64_t at = 0;         /* a TimestampTz */
};

/* With one server. */
class Activity
{
public:
	explicit Activity(unsigned server);

	/* To be added to. */
	Counts& counts() noexcept
	{
		touched_ = any_touched_ = true;
		return counts_;
	}
	const Counts& sums() const
	{
		return counts_;
	}
	const LastError& last_error() const
	{
		return last_error_;
	}
	/* A TimestampTz: the first use, or the last reset(). */
	int64_t since() const
	{
		return since_;
	}

	/* A result has come; nullptr is none. */
	void count_result(const pg_result* result) noexcept;
	/* A command is sent. Returns its bytes. */
	long count_command(const std::string& sql, const std::vector<const char*>& parameters) noexcept;

	/*
	 * The remote has refused something, or the connection has failed. The message is kept where the
	 * server's own messages of that kind hold names at the most: of what was wrong with a value, or
	 * with the text of a command, and of what a function there has raised, the SQLSTATE is all.
	 */
	void note_error(const pg::Failure& failure) noexcept;

	void note_connection() noexcept;
	void note_loss() noexcept
	{
		lost_ = true;
	}

	void reset() noexcept;

private:
	friend void share_activities() noexcept;

	unsigned server_;
	Counts counts_;
	Counts shared_; /* what of them the sums of all sessions hold */
	LastError last_error_;
	bool error_is_shared_ = true;
	int64_t since_;
	bool lost_ = false; /* a connection, and none was made since */
	bool touched_ = false;
	static bool any_touched_;
};

/* Made where there is none yet. For server 0, one that nobody is shown. */
std::shared_ptr<Activity> activity_with(unsigned server);

/* By server, also of some that are no more. */
std::vector<std::pair<unsigned, std::shared_ptr<Activity>>> activities();

/*
 * Adds what is new to the sums of all sessions, where there are such (shared_activity.hpp). At the
 * end of each transaction.
 */
void share_activities() noexcept;

/*
 * About as many bytes as the rows of the result took on their way: to the byte of small ones, to
 * some percent of others, as libpq's memory tells.
 */
long size_of(const pg_result* result) noexcept;

/* The time until the end of its scope is waiting. */
class Waiting
{
public:
	using Clock = std::chrono::steady_clock;

	explicit Waiting(Activity& activity) : activity_(activity), begin_(Clock::now()) {}
	~Waiting()
	{
		activity_.counts().waited +=
		    std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin_).count();
	}
	Waiting(const Waiting&) = delete;
	Waiting& operator=(const Waiting&) = delete;

private:
	Activity& activity_;
	Clock::time_point begin_;
};

} // namespace datalinks::remote
