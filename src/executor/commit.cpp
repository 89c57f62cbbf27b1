/*
 * The end of the local transaction: see commit.hpp.
 */
#include "executor/commit.hpp"

#include <algorithm>
#include <vector>

#include "executor/together.hpp"
#include "executor/transaction.hpp"
#include "postgres/roles.hpp"
#include "postgres/transaction.hpp"
#include "remote/shared_activity.hpp"
#include "schema/gid.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

bool two_phase = false;

namespace
{

/* How long remotes may take to follow the verdict: nobody can cancel what waits for them. */
constexpr std::chrono::seconds patience_with_verdicts{5};
constexpr std::chrono::seconds patience_with_rollback{1};

void check_all()
{
	for (Transaction& transaction : transactions())
		transaction.send_check();
	for (Transaction& transaction : transactions())
		transaction.await_check();
}

/* In one phase: what one remote refuses, or does not hear, others may have committed. */
void commit_at_once()
{
	for (Transaction& transaction : transactions())
		transaction.send_commit();
	for (Transaction& transaction : transactions())
		transaction.await_commit();
}

/* Who has only read there has nothing to wait for, but may be refused as well: it ends now. */
void prepare_all()
{
	const std::string prefix = schema::gid_prefix(pg::cluster(), pg::database());
	const uint64_t id = pg::keep_transaction_id();
	unsigned part = 0;
	for (Transaction& transaction : transactions())
		if (transaction.has_written())
			transaction.send_prepare(schema::gid(prefix, id, ++part));
		else
			transaction.send_commit();
	for (Transaction& transaction : transactions())
		if (transaction.has_written())
			transaction.await_prepare();
		else
			transaction.await_commit();
	pg::force_synchronous_commit();
}

bool takes_two_phases(long written)
{
	const bool asked =
	    two_phase ||
	    std::any_of(transactions().begin(), transactions().end(), [](const Transaction& one) {
		    return one.has_written() && one.asks_for_two_phases();
	    });
	return asked && written > 0 &&
	       (written > 1 || pg::has_transaction_id() || XactIsoLevel == XACT_SERIALIZABLE);
}

void commit_all()
{
	const auto written =
	    std::count_if(transactions().begin(), transactions().end(),
	                  [](const Transaction& transaction) { return transaction.has_written(); });
	if (takes_two_phases(written))
	{
		prepare_all();
		return;
	}
	if (written > 1)
		check_all();
	commit_at_once();
}

void refuse_prepare()
{
	if (!transactions().empty())
		throw pg::Failure(pg::sqlstate::feature_not_supported,
		                  "cannot PREPARE a transaction that has used a data link");
}

/* What the abort of this level takes back, on all remotes at the same time. */
void quieten_all(int level) noexcept
{
	std::vector<Session*> busy;
	for (const Transaction& transaction : transactions())
		if (Session* session = transaction.busy(level))
			busy.push_back(session);
	quieten(std::move(busy));
}

/* The local transaction has ended for good: nothing may be raised any more. */
void end_all(bool aborted) noexcept
{
	const auto end = Transaction::Clock::now() + patience_with_verdicts;
	quieten_all(1);
	for (Transaction& transaction : transactions())
		transaction.rollback();
	/* Whoever is told that it failed finds no lock of it there any more. */
	const auto rolled_back = Transaction::Clock::now() + patience_with_rollback;
	if (aborted)
		for (Transaction& transaction : transactions())
			transaction.await_rollback(rolled_back);
	for (Transaction& transaction : transactions())
		transaction.send_verdict(!aborted);
	for (Transaction& transaction : transactions())
		transaction.await_verdict(!aborted, end);
	transactions().clear();
	end_transaction(aborted);
	remote::end_drops(!aborted);
	remote::share_activities();
}

void follow_transaction(XactEvent event, void*)
{
	switch (event)
	{
	case XACT_EVENT_PRE_COMMIT:
		pg::entry(commit_all);
		break;
	case XACT_EVENT_PRE_PREPARE:
		pg::entry(refuse_prepare);
		break;
	case XACT_EVENT_COMMIT:
		end_all(false);
		break;
	case XACT_EVENT_PREPARE:
		/* What it has dropped may come back yet. */
		remote::end_drops(false);
		end_all(false);
		break;
	case XACT_EVENT_ABORT:
		end_all(true);
		break;
	default:
		break;
	}
}

void follow_subtransaction(SubXactEvent event, SubTransactionId, SubTransactionId, void*)
{
	if (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB)
		return;
	const int level = GetCurrentTransactionNestLevel();
	remote::end_subtransaction_drops(event == SUBXACT_EVENT_COMMIT_SUB, level);
	if (event == SUBXACT_EVENT_ABORT_SUB)
		quieten_all(level);
	for (Transaction& transaction : transactions())
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			transaction.release(level);
		else
			transaction.rollback_to(level);
}

void follow_catalog(Datum, int, uint32)
{
	outdate_sessions();
}

} // namespace

void watch_transactions()
{
	RegisterXactCallback(follow_transaction, nullptr);
	RegisterSubXactCallback(follow_subtransaction, nullptr);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, follow_catalog, 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, follow_catalog, 0);
}

} // namespace datalinks::executor
