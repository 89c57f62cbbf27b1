/*
 * What a transaction on a remote has to do with two-phase commit: see transaction.hpp, commit.hpp.
 */
#include <algorithm>
#include <cstring>

#include "executor/transaction.hpp"
#include "postgres/servers.hpp"
#include "postgres/wait.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

using schema::compose;
using std::chrono::milliseconds;

namespace
{

/* What the remote refuses to prepare, or has no room for, and what to do about it. */
std::string advice(const pg::Failure& failure)
{
	const char* alternative = "or do without two-phase commit (datalinks.two_phase, and the option "
	                          "two_phase of the server).";
	std::string hint = failure.hint().empty() ? "" : failure.hint() + "\n";
	if (failure.code() == pg::sqlstate::feature_not_supported)
		return compose("%1%Do in another transaction what the remote cannot prepare, %2%", hint,
		               alternative);
	if (failure.code() == pg::sqlstate::object_not_in_prerequisite_state ||
	    failure.code() == pg::sqlstate::out_of_memory)
		return compose("%1%Raise max_prepared_transactions on the remote, %2%", hint, alternative);
	return failure.hint();
}

} // namespace

void Transaction::send_prepare(const std::string& gid)
{
	if (level_ == 0)
		return;
	if (lost_ || session().broken())
		fail_lost();
	const auto server = pg::server_name(route_.server);
	tidy_up();
	prepared_.emplace(Prepared{gid, server.value_or(""), nullptr});
	prepared_->reply =
	    send_last(compose("PREPARE TRANSACTION %1%", schema::quote_literal(gid)).c_str());
}

Transaction::Prepared::State Transaction::state_of_prepared() const noexcept
{
	const auto& reply = prepared_->reply;
	if (!reply || !reply->done || reply->results.empty())
		return Prepared::unknown;
	const pg_result* result = reply->results.front().get();
	if (PQresultStatus(result) == PGRES_COMMAND_OK &&
	    strcmp(PQcmdStatus(const_cast<pg_result*>(result)), "PREPARE TRANSACTION") == 0)
		return Prepared::stands;
	/* The last words of a lost connection say nothing of what it did before. */
	return session_is_lost() ? Prepared::unknown : Prepared::never;
}

void Transaction::await_prepare()
{
	if (!prepared_)
		return;
	std::string reason = "It did not answer.";
	try
	{
		const auto left = pg::statement_time_left();
		if (left && !session().drain(*left, pg::WaitFor::commit) && !session().broken())
			pg::check_statement_timeout();
		Traffic traffic;
		session().await(*prepared_->reply, traffic, pg::WaitFor::commit);
	}
	catch (const pg::Failure& failure)
	{
		if (failure.code() == pg::sqlstate::query_canceled)
			throw;
		reason = failure.what();
	}
	switch (state_of_prepared())
	{
	case Prepared::stands:
		level_ = 0;
		return;
	case Prepared::unknown:
		throw pg::Failure(pg::sqlstate::connection_failure,
		                  "the connection to the remote was lost while it prepared to commit")
		    .detail(compose("The transaction is rolled back: %1%", reason));
	case Prepared::never:
		break;
	}
	const auto reply = std::move(prepared_->reply);
	prepared_.reset();
	try
	{
		(void)session().take_result(*reply);
	}
	catch (pg::Failure& failure)
	{
		failure.hint(advice(failure));
		throw;
	}
	throw pg::Failure(pg::sqlstate::transaction_rollback,
	                  "the remote has rolled back the transaction");
}

/* What became of a PREPARE that was under way when all was given up; the session is settled. */
bool Transaction::is_left_to_verdict() noexcept
{
	if (!prepared_)
		return false;
	switch (state_of_prepared())
	{
	case Prepared::stands:
		break;
	case Prepared::unknown:
		lost_ = true;
		break;
	case Prepared::never:
		prepared_.reset();
		return false;
	}
	level_ = 0;
	return true;
}

void Transaction::send_verdict(bool committed) noexcept
{
	if (!prepared_)
		return;
	prepared_->reply.reset();
	if (lost_ || session_is_lost())
		return;
	try
	{
		session().forget_failure();
		prepared_->reply = send_last(compose("%1% PREPARED %2%", committed ? "COMMIT" : "ROLLBACK",
		                                     schema::quote_literal(prepared_->gid))
		                                 .c_str());
	}
	catch (...)
	{
		/* It is told with those that were lost before. */
		lost_ = true;
	}
}

/* Nothing where the remote has followed, else why it is not known to have. */
std::optional<std::string> Transaction::answer_to_verdict(Clock::time_point end)
{
	constexpr const char* lost = "the connection is lost";
	if (lost_ || !prepared_->reply)
		return lost;
	const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
	(void)session().drain(std::max(left, milliseconds::zero()), pg::WaitFor::commit);
	if (!prepared_->reply->done)
		return session().broken() ? lost : "the remote does not answer";
	try
	{
		(void)session().take_result(*prepared_->reply);
	}
	catch (const pg::Failure& failure)
	{
		/* Somebody else has ended it meanwhile: datalink_resolve() by the same verdict. */
		if (failure.code() != pg::sqlstate::undefined_object)
			return session().broken() ? lost : failure.what();
	}
	return std::nullopt;
}

void Transaction::await_verdict(bool committed, Clock::time_point end) noexcept
{
	if (!prepared_)
		return;
	try
	{
		const auto reason = answer_to_verdict(end);
		if (!reason)
			return;
		lost_ = true;
		pg::warning(compose("a prepared transaction may be left on the remote of server \"%1%\"",
		                    prepared_->server),
		            compose("Transaction \"%1%\" is %2% here, and in doubt there: %3%.",
		                    prepared_->gid, committed ? "committed" : "rolled back", *reason),
		            "datalink_in_doubt() shows such transactions, datalink_resolve() ends them.");
	}
	catch (...)
	{
		/* The transaction has ended here, and datalink_in_doubt() finds the one there. */
		lost_ = true;
	}
}

} // namespace datalinks::executor
