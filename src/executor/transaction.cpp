/*
 * The local transaction's part on a remote: see transaction.hpp.
 */
#include "executor/transaction.hpp"

#include <algorithm>
#include <cstring>

#include "executor/commit.hpp"
#include "executor/settings.hpp"
#include "postgres/options.hpp"
#include "postgres/servers.hpp"
#include "schema/text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

namespace
{

using schema::compose;
using std::chrono::milliseconds;

/* How long what an abort leaves may take: to come by itself, and after it was cancelled. */
constexpr milliseconds patience{20};
constexpr milliseconds patience_after_cancel{1000};

constexpr const char* repeatable_read = "REPEATABLE READ";
/* What was prepared by a PREPARE; DEALLOCATE ALL would take what the pooler prepares there, too. */
constexpr const char* deallocation =
    "DO $$ DECLARE n text; BEGIN FOR n IN SELECT name FROM pg_catalog.pg_prepared_statements"
    " WHERE from_sql LOOP EXECUTE 'DEALLOCATE ' || pg_catalog.quote_ident(n); END LOOP; END $$";

constexpr const char* constraint_check = "SET CONSTRAINTS ALL IMMEDIATE";

bool is_same(const Route& one, const Route& other)
{
	return share_mapping(one, other) && one.user == other.user;
}

/*
 * As here; a server's option can ask for one snapshot for the whole of a transaction, as
 * postgres_fdw has it.
 */
const char* isolation(unsigned server)
{
	if (XactIsoLevel == XACT_SERIALIZABLE)
		return "SERIALIZABLE";
	const bool asked = !pg::server_option(server, isolation_option).empty();
	return IsolationUsesXactSnapshot() || asked ? repeatable_read : "READ COMMITTED";
}

void send_quick(Session& session, const std::string& sql)
{
	session.send(sql, {}, Format::text)->quick = true;
}

} // namespace

/* No constructor may run when the library is loaded: made at the first use. */
std::list<Transaction>& transactions()
{
	static std::list<Transaction>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::list<Transaction>;
	return *kept;
}

Transaction* find_transaction(const Route& route)
{
	for (Transaction& transaction : transactions())
		if (transaction.serves(route))
			return &transaction;
	return nullptr;
}

Transaction& Transaction::of(const Route& route)
{
	Transaction* found = find_transaction(route);
	return found != nullptr ? *found : transactions().emplace_back(route);
}

Transaction::~Transaction()
{
	if (seat_ == nullptr)
		return;
	seat_->outdated = seat_->outdated || lost_ || (own_words_ && !seat_->session->start_anew());
	give_back(seat_);
}

bool Transaction::sees_commits() const
{
	return isolation_ != nullptr && strcmp(isolation_, "READ COMMITTED") == 0;
}

bool Transaction::serves(const Route& route) const
{
	return is_same(route_, route);
}

void Transaction::fail_lost() const
{
	throw pg::Failure(pg::sqlstate::connection_failure,
	                  "the connection to the remote was lost within a transaction")
	    .detail("What the transaction did there is rolled back.");
}

/* A standby's transactions cannot be told that they may write. */
void Transaction::begin()
{
	if (seat_ == nullptr)
	{
		seat_ = take(route_);
		seat_->writes = true;
	}
	Session& session = *seat_->session;
	session.forget_failure();
	isolation_ = isolation(route_.server);
	two_phase_ = pg::is_true(pg::server_option(route_.server, two_phase_option));
	const char* access = is_read_only(route_)   ? ", READ ONLY"
	                     : session.is_standby() ? ""
	                                            : ", READ WRITE";
	send_quick(session, compose("START TRANSACTION ISOLATION LEVEL %1%%2%", isolation_, access));
	if (!session.has_own_backend())
		send_quick(session, transaction_settings());
	level_ = released_ = 1;
}

/* The savepoints there are those of the local subtransactions in which something was sent. */
void Transaction::catch_up()
{
	const int level = GetCurrentTransactionNestLevel();
	if (level_ == 0)
		begin();
	if (released_ < level_)
	{
		send_quick(session(), compose("RELEASE SAVEPOINT s%1%", released_ + 1));
		level_ = released_;
	}
	while (level_ < level)
		send_quick(session(), compose("SAVEPOINT s%1%", ++level_));
	released_ = level_;
}

Session& Transaction::use(const Occupant* user)
{
	if (lost_ || (level_ > 0 && session().broken()))
		fail_lost();
	if (occupant_ != nullptr && occupant_ != user)
		occupant_->make_way();
	catch_up();
	return session();
}

void Transaction::note_cursor(const void* owner)
{
	cursors_[owner] = level_;
}

void Transaction::note_write()
{
	written_ = true;
}

std::shared_ptr<Reply> Transaction::send_last(const char* sql)
{
	if (lost_ || session().broken())
		fail_lost();
	auto reply = session().send(sql, {}, Format::text);
	session().end_series();
	session().flush();
	return reply;
}

void Transaction::send_check()
{
	if (level_ > 0 && written_)
		check_ = send_last(constraint_check);
}

void Transaction::await_check()
{
	if (!check_)
		return;
	Traffic traffic;
	session().await(*check_, traffic, pg::WaitFor::commit);
	(void)session().take_result(*check_);
	check_.reset();
}

/* What would outlive the transaction in a backend that serves others after it. */
void Transaction::tidy_up()
{
	if (!own_words_ || lost_ || session().broken() || session().has_own_backend())
		return;
	for (const char* sql : {"CLOSE ALL", deallocation, "UNLISTEN *", "DISCARD TEMP",
	                        "SELECT pg_catalog.pg_advisory_unlock_all()"})
		(void)session().send(sql, {}, Format::text);
}

void Transaction::send_commit()
{
	if (level_ == 0)
		return;
	tidy_up();
	commit_ = send_last("COMMIT");
}

/* Over a lost connection the last word may be any: it is told to go while it commits, or after. */
Result Transaction::answer_to_commit()
{
	std::string reason;
	try
	{
		Traffic traffic;
		session().await(*commit_, traffic, pg::WaitFor::commit);
		return session().take_result(*commit_);
	}
	catch (const pg::Failure& failure)
	{
		if (commit_->done && !session().broken())
			throw;
		reason = failure.what();
	}
	catch (const pg::Error& error)
	{
		reason = error.what();
	}
	throw pg::Failure(pg::sqlstate::transaction_resolution_unknown,
	                  "the remote was not heard of while it committed")
	    .detail(compose("Whether it has committed is not known: %1%", reason));
}

/* A transaction that was broken is rolled back by COMMIT, and that is no error there. */
void Transaction::await_commit()
{
	if (level_ == 0)
		return;
	/* A reader's end interests nobody, unless it may be refused. */
	if (written_ || XactIsoLevel == XACT_SERIALIZABLE)
	{
		const Result result = answer_to_commit();
		if (strcmp(PQcmdStatus(result.get()), "COMMIT") != 0)
			throw pg::Failure(pg::sqlstate::transaction_rollback,
			                  "the remote has rolled back the transaction");
	}
	commit_->quick = true;
	level_ = 0;
}

Session* Transaction::busy(int level) const
{
	if (level_ == 0 || released_ < level || lost_ || session_is_lost())
		return nullptr;
	Session* session = seat_->session.get();
	return session->is_copying() || session->awaits_little() ? nullptr : session;
}

/* Sees to it that nothing is under way there any more; returns whether that was reached. */
bool Transaction::settle() noexcept
{
	occupant_ = nullptr;
	Session& session = *seat_->session;
	try
	{
		session.abandon_copy();
		if (!session.awaits_little() && !session.drain(patience))
		{
			session.cancel();
			(void)session.drain(patience_after_cancel);
		}
		session.forget_failure();
		return !session.broken() && session.awaits_little();
	}
	catch (...)
	{
		return false;
	}
}

void Transaction::rollback() noexcept
{
	if (level_ == 0)
		return;
	lost_ = lost_ || !settle();
	if (is_left_to_verdict())
		return;
	/* A pooler closes the backend of a client that goes within a transaction. */
	lost_ = lost_ || (own_words_ && !session().has_own_backend());
	try
	{
		if (!lost_)
		{
			send_quick(session(), "ROLLBACK");
			session().end_series();
			session().flush();
		}
	}
	catch (...)
	{
		/* The connection is gone, and with it the transaction. */
		lost_ = true;
	}
	level_ = 0;
}

void Transaction::await_rollback(Clock::time_point end) noexcept
{
	if (seat_ == nullptr || lost_ || level_ != 0)
		return;
	session().settle_quick(std::chrono::duration_cast<milliseconds>(end - Clock::now()));
}

void Transaction::release(int level)
{
	for (auto& [owner, opened] : cursors_)
		opened = std::min(opened, level - 1);
	released_ = std::min(released_, level - 1);
}

/* Of what was released, nothing is left to roll back by itself. */
void Transaction::rollback_to(int level) noexcept
{
	if (released_ < level)
		return;
	std::erase_if(cursors_, [&](const auto& cursor) { return cursor.second >= level; });
	lost_ = lost_ || !settle();
	try
	{
		if (!lost_)
		{
			send_quick(session(), compose("ROLLBACK TO SAVEPOINT s%1%", level));
			send_quick(session(), compose("RELEASE SAVEPOINT s%1%", level));
			session().end_series();
			session().flush();
		}
	}
	catch (...)
	{
		/* Whoever uses it next is told. */
		lost_ = true;
	}
	level_ = released_ = level - 1;
}

} // namespace datalinks::executor
