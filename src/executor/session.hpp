/*
 * A session with a remote over which queries read, in libpq's pipeline mode: commands are sent
 * without awaiting those before them, and their replies come in order.
 *
 * Nothing here blocks but await(), and that for no longer than the user allows: every wait sees
 * interrupts.
 */
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "postgres/guard.hpp"
#include "postgres/wait.hpp"
#include "remote/activity.hpp"
#include "remote/connection.hpp"

struct pg_result;

namespace datalinks::executor
{

struct FreeResult
{
	void operator()(pg_result* result) const noexcept;
};
using Result = std::shared_ptr<pg_result>; /* freed by FreeResult */

/*
 * What becomes of one command. Whoever sent it holds on to it for as long as he cares: a reply that
 * nobody holds is read and thrown away.
 */
struct Reply
{
	/* One; of a command that is read by row, one a row, and one without rows at the end. */
	std::deque<Result> results;
	std::string sql; /* as an error of it tells people */
	bool by_row = false;
	bool quick = false;   /* of a command that takes no time and has no rows: COMMIT, CLOSE */
	bool settles = false; /* of a command that only settles how the remote works: no row counts */
	bool done = false;
	long bytes_sent = 0; /* of the command */
};

enum class Format
{
	text = 0,
	binary = 1
};

/* What a part of a statement has received and sent, for EXPLAIN: see remote::Counts. */
struct Traffic
{
	long round_trips = 0;
	long rows = 0;
	long bytes = 0;
	long rows_sent = 0;
	long bytes_sent = 0;
	/* From what was sent first until a first row was there. */
	std::optional<std::chrono::steady_clock::duration> first_row;

	Traffic& operator+=(const Traffic& other)
	{
		round_trips += other.round_trips;
		rows += other.rows;
		bytes += other.bytes;
		rows_sent += other.rows_sent;
		bytes_sent += other.bytes_sent;
		if (!first_row)
			first_row = other.first_row;
		return *this;
	}
};

class Session
{
public:
	/* Throws what remote::connect throws. */
	explicit Session(const remote::Target& target);
	/* Over a connection to it that stands. */
	Session(remote::Connection connection, const remote::Target& target);
	~Session();
	Session(const Session&) = delete;
	Session& operator=(const Session&) = delete;

	/*
	 * Adds one statement with text parameters (nullptr: NULL). Throws pg::Failure 08006 where the
	 * connection is gone. `by_row`: its rows are not gathered.
	 */
	std::shared_ptr<Reply> send(const std::string& sql, const std::vector<const char*>& parameters,
	                            Format format, bool by_row = false);

	/*
	 * The same by a statement that the session has prepared, or prepares now, and keeps. Only where
	 * has_own_backend(). Where the remote says that it has to be prepared anew, forget_prepared().
	 */
	std::shared_ptr<Reply> send_prepared(const std::string& sql,
	                                     const std::vector<const char*>& parameters, Format format,
	                                     bool by_row);
	void forget_prepared(const std::string& sql);

	/* Whether the remote is a standby, as far as it tells: since 14. */
	bool is_standby() const;

	/*
	 * Whether the remote's backend serves nobody else, as one behind a pooler may: what is set or
	 * prepared there stays, and is ours alone. All that has to be set for reading is set then.
	 * Known from the first replies on; false until then.
	 */
	bool has_own_backend();

	/*
	 * Puts the remote's backend back to how it was when the session began, whatever was left in it;
	 * nothing is waited for. Only between transactions. Returns false where that cannot be: the
	 * connection is lost, or the backend is a pooler's.
	 */
	bool start_anew() noexcept;

	/* Ends a series of commands: after an error, the remote passes over what is left of one. */
	void end_series();

	/* Sends as much as can be sent without waiting. */
	void flush();
	/* Sends all of it, and reads meanwhile: what a long row of commands needs, now and then. */
	void push();

	/*
	 * Waits until the reply is there; of one that is read by row, a row or its end. Throws 08006
	 * where the connection is lost meanwhile.
	 */
	void await(const Reply& reply, Traffic& traffic, pg::WaitFor reason = pg::WaitFor::answer);

	/* Reads what has come, without waiting; for a socket that is ready. */
	void receive() noexcept;

	/*
	 * Reads and throws away what is still to come, for so long at the most; returns whether nothing
	 * is left. A connection that is lost meanwhile is broken(); interrupts are thrown.
	 */
	bool drain(std::chrono::milliseconds limit, pg::WaitFor reason = pg::WaitFor::cleanup);

	/*
	 * Waits at the end of a transaction, or of the backend, for what is still to come of commands
	 * that take no time. A remote whose last answer nobody has read reports a client that broke
	 * off.
	 */
	void settle_quick(std::chrono::milliseconds limit) noexcept;

	/*
	 * COPY ... FROM STDIN. libpq knows it only outside of its pipeline mode: what is still to come
	 * is waited for, and nothing else can be sent until the end. Each of these throws as the remote
	 * worded it where it has refused the command or a row, and the COPY is at its end then.
	 */
	void begin_copy(const std::string& sql);
	/*
	 * So many rows. Returns false where the remote has said something meanwhile: end_copy() tells
	 * what.
	 */
	bool put_copy(const std::string& data, long rows);
	/* Returns the number of rows that the remote has stored. */
	long end_copy(const std::string& sql);
	/* Takes back a COPY that is under way, if there is one. */
	void abandon_copy() noexcept;
	bool is_copying() const
	{
		return copying_;
	}

	/*
	 * Asks the remote, once, to cancel what it has been sent. Where it cannot be asked, the session
	 * is broken from then on.
	 */
	void cancel() noexcept;
	/* The same for several at once: it takes no longer than for one that does not answer. */
	static void cancel(const std::vector<Session*>& sessions) noexcept;
	/* Nothing more is expected of it: it is broken from then on. */
	void give_up() noexcept
	{
		unusable_ = true;
	}

	bool broken() const;
	/* Looks whether the remote has closed the connection. */
	bool has_gone_stale();
	bool awaits_nothing() const
	{
		return expected_.empty();
	}
	/* Whether what is still to come is no burden to whoever sends the next command. */
	bool awaits_little() const;
	int socket() const;
	/* As the session is called on the remote. */
	std::string application() const;

	/*
	 * Takes the next result out of a reply. Throws pg::Failure for one that is an error, as the
	 * remote worded it. Where the transaction was broken before, by what somebody else had asked,
	 * it is that error, with that command's text.
	 */
	Result take_result(Reply& reply);

	/* What the session's server is told of; for what only others know. */
	remote::Activity& activity()
	{
		return *activity_;
	}

	/* A transaction ends: what broke it is of no interest any more. */
	void forget_failure()
	{
		failure_.reset();
		told_ = nullptr;
	}

private:
	struct Prepared
	{
		std::string name;
		std::shared_ptr<Reply> reply;
	};

	void introduce();
	const std::string& prepare(const std::string& sql);
	void expect(const std::shared_ptr<Reply>& reply, int sent);
	void take_what_came() noexcept;
	void begin_reading() noexcept;
	Result next_outside_pipeline();
	Result leave_copy(const char* error);
	[[noreturn]] void fail(const pg_result* result, const std::string& sql);
	[[noreturn]] void fail_lost();

	std::shared_ptr<remote::Activity> activity_;
	remote::Connection connection_;
	std::vector<std::string> secrets_;
	const pg_result* told_ = nullptr; /* the error that was counted last */
	/* In the order in which they were sent; nullptr for the end of a series. */
	std::deque<std::shared_ptr<Reply>> expected_;
	Result failure_;                      /* the first that was an error */
	std::string failed_sql_;              /* of its command */
	std::shared_ptr<Reply> introduction_; /* until it was looked at */
	std::shared_ptr<Reply> renewal_;      /* the last of start_anew() */
	bool own_backend_ = false;
	std::map<std::string, Prepared> prepared_; /* by their SQL */
	unsigned prepared_count_ = 0;              /* for their names */
	bool open_series_ = false; /* the remote holds back what it answers until a series ends */
	bool copying_ = false;
	bool unusable_ = false;  /* the remote does not keep to the protocol, or takes no requests */
	bool cancelled_ = false; /* until nothing is expected: it might hit what is sent next */
};

} // namespace datalinks::executor
