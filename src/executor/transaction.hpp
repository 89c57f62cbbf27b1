/*
 * The local transaction's part on a remote: a transaction there, over a session of its own, that
 * writes, locks rows and reads what was written; in REPEATABLE READ and SERIALIZABLE all that the
 * local transaction does there goes through it.
 *
 * It begins with the first command, follows the local transaction's subtransactions by savepoints,
 * which travel with the commands that follow, and ends with the local transaction (commit.hpp).
 */
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "executor/pool.hpp"

namespace datalinks::executor
{

/*
 * The option of a server that has the remote keep one snapshot for the whole of a transaction that
 * writes, and refuse to update what others have updated since: "repeatable read".
 */
constexpr const char* isolation_option = "isolation";

/* Something that has a session for itself for a while: a COPY. */
class Occupant
{
public:
	virtual ~Occupant() = default;
	/* Somebody else has something to send: the session is to be as before. */
	virtual void make_way() = 0;
};

class Transaction
{
public:
	using Clock = std::chrono::steady_clock;

	/* That of this route; made where there is none yet. */
	static Transaction& of(const Route& route);

	/* The same for what writes or locks rows: the one gate. Throws as require_writable(). */
	static Transaction& to_write(const Route& route)
	{
		require_writable(route);
		return of(route);
	}

	/* Use of(). */
	explicit Transaction(const Route& route) : route_(route) {}
	~Transaction();
	Transaction(const Transaction&) = delete;
	Transaction& operator=(const Transaction&) = delete;

	/*
	 * The session, to send a command: what has to be sent in front of it, to begin the transaction
	 * and to be in the local subtransaction, is sent, and not awaited. An occupant other than this
	 * makes way. Throws what connect() throws, and 08006 where the session was lost since the
	 * transaction began.
	 */
	Session& use(const Occupant* user = nullptr);

	/* The same, to go on with what has been sent. */
	Session& session()
	{
		return *seat_->session;
	}

	/* Only between use() and the next use(): the session is this occupant's. */
	void occupy(Occupant* occupant)
	{
		occupant_ = occupant;
	}
	void leave(const Occupant* occupant)
	{
		if (occupant_ == occupant)
			occupant_ = nullptr;
	}

	/* A cursor was opened just now, for whoever has this address. */
	void note_cursor(const void* owner);
	/* Whether it is still open there, as far as the local subtransactions tell. */
	bool has_cursor(const void* owner) const
	{
		return cursors_.contains(owner);
	}
	void forget_cursor(const void* owner)
	{
		cursors_.erase(owner);
	}
	unsigned new_cursor()
	{
		return ++cursor_count_;
	}

	/* Something was written, or rows were locked, that a COMMIT has to keep. */
	void note_write();
	/*
	 * A statement in a user's own words is sent, which may leave behind in the session what it
	 * will: with the transaction's end the session is as it was, or is closed.
	 */
	void note_own_words()
	{
		own_words_ = true;
	}
	/* By a statement before this one, of the local transaction, whatever was rolled back since. */
	bool has_written() const
	{
		return written_;
	}

	/* Whether a command sees what others have committed since the one before it. */
	bool sees_commits() const;

	bool serves(const Route& route) const;

	/*
	 * For the ends of the local transaction and of its subtransactions. busy() is the session where
	 * something is under way in it that the end of this level takes back; else nullptr. Where
	 * several have written, each remote is asked first whether its deferred constraints hold: what
	 * can be refused must be before any has committed.
	 */
	Session* busy(int level = 1) const;
	void send_check();
	void await_check();
	void send_commit();
	void await_commit();
	void rollback() noexcept;

	/* Until the remote has said that it is rolled back, or that time. Never throws. */
	void await_rollback(Clock::time_point end) noexcept;
	void release(int level);
	void rollback_to(int level) noexcept;

	/*
	 * For an end in two phases. PREPARE TRANSACTION, and its answer: throws what the remote says
	 * where it refuses, 08006 where it is not heard of. Then, when the local transaction has ended,
	 * COMMIT PREPARED or ROLLBACK PREPARED for all that was or may have been prepared; whoever does
	 * not confirm it in time is told to the user, in a WARNING.
	 */
	bool asks_for_two_phases() const
	{
		return two_phase_;
	}
	void send_prepare(const std::string& gid);
	void await_prepare();
	void send_verdict(bool committed) noexcept;
	void await_verdict(bool committed, Clock::time_point end) noexcept;

private:
	/* What the remote was asked to prepare. */
	struct Prepared
	{
		enum State
		{
			stands,
			unknown,
			never
		};
		std::string gid;
		std::string server;           /* its name, for people: no catalog can be read later */
		std::shared_ptr<Reply> reply; /* to the last that was asked about it */
	};

	void begin();
	void catch_up();
	void tidy_up();
	bool settle() noexcept;
	bool session_is_lost() const noexcept
	{
		return seat_->session->broken();
	}
	Prepared::State state_of_prepared() const noexcept;
	bool is_left_to_verdict() noexcept;
	std::optional<std::string> answer_to_verdict(Clock::time_point end);
	std::shared_ptr<Reply> send_last(const char* sql);
	Result answer_to_commit();
	[[noreturn]] void fail_lost() const;

	Route route_;
	Seat* seat_ = nullptr;
	const char* isolation_ = nullptr; /* once it has begun */
	int level_ = 0;    /* of the remote: 1 in the transaction, 2 in a savepoint, and so on */
	int released_ = 0; /* down to which level savepoints are to be released; at most level_ */
	bool lost_ = false;
	bool written_ = false;
	bool own_words_ = false;
	bool two_phase_ = false; /* the server's option */
	Occupant* occupant_ = nullptr;
	std::map<const void*, int> cursors_; /* by owner: the level that they were opened in */
	unsigned cursor_count_ = 0;
	std::shared_ptr<Reply> check_;
	std::shared_ptr<Reply> commit_;
	std::optional<Prepared> prepared_;
};

/* The local transaction's, in the order in which they began. */
std::list<Transaction>& transactions();

/* That of this route, if there is one; else nullptr. */
Transaction* find_transaction(const Route& route);

} // namespace datalinks::executor
