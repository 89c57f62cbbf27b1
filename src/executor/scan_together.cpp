/*
 * Scans of one statement that see one snapshot where the transaction sees what others commit: in
 * READ COMMITTED, after it has written. See scan.hpp.
 *
 * A cursor sees what was committed when it was declared. So the cursors of a statement are declared
 * together, in one round trip; the remote is asked before and after which transactions were at
 * their end, and where another has ended meanwhile, it is done again. A scan with parameters that
 * come from other rows cannot be among them.
 */
#include "executor/scan.hpp"

#include "executor/snapshot.hpp"
#include "executor/transaction.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

namespace
{

using Clock = std::chrono::steady_clock;

/* On a remote that never rests for as long as it takes, the last attempt counts after this time. */
constexpr std::chrono::seconds patience{1};

/* Before 13 it had this name alone, and it still has it. */
constexpr const char* snapshot_query = "SELECT pg_catalog.txid_current_snapshot()";

} // namespace

bool Scan::open_with_others()
{
	const Transaction* transaction = group_->transaction();
	if (!fixed_ || transaction == nullptr || !transaction->sees_commits())
		return false;
	std::vector<Scan*> scans;
	for (Scan* scan : group_->scans())
		if (scan->fixed_ && !scan->open_)
			scans.push_back(scan);
	if (scans.size() < 2)
		return false;
	open_together(scans);
	return true;
}

void Scan::open_together(const std::vector<Scan*>& scans)
{
	const auto end = Clock::now() + patience;
	for (;;)
	{
		Session& session = use_session();
		const auto before = session.send(snapshot_query, {}, Format::text);
		for (Scan* scan : scans)
		{
			scan->note_beginning();
			scan->way_ = Way::cursor;
			scan->open_ = true;
			scan->limited_ = false;
			scan->life_ = group_->life();
			scan->declare(scan->values());
		}
		const auto after = session.send(snapshot_query, {}, Format::text);
		for (Scan* scan : scans)
			scan->fetch(scan->first_);
		before->settles = after->settles = true;
		session.await(*after, traffic_);
		const Result first = session.take_result(*before);
		const Result last = session.take_result(*after);
		if (Clock::now() > end ||
		    nothing_has_ended(PQgetvalue(first.get(), 0, 0), PQgetvalue(last.get(), 0, 0)))
			return;
		for (Scan* scan : scans)
			scan->close();
	}
}

} // namespace datalinks::executor
