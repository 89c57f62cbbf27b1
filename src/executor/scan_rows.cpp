/*
 * The rows of a query on a remote, piece by piece: see scan.hpp.
 */
#include <algorithm>
#include <cstring>

#include "executor/scan.hpp"
#include "executor/transaction.hpp"
#include "schema/text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

namespace
{

using schema::compose;
using Clock = std::chrono::steady_clock;

constexpr size_t most_coming = 4; /* pieces */

} // namespace

/* Whether the limit was reached: what has come is not all. */
bool Scan::was_cut() const
{
	return limited_ && !at_end_;
}

void Scan::fetch(int rows)
{
	Session& session = use_session();
	coming_.push_back(
	    {session.send(compose("FETCH %1% FROM %2%", rows, cursor_), {}, format_), rows});
	coming_.back().reply->sql = sql_;
	size_ = rows;
	session.end_series();
	session.flush();
}

/* The group may have begun anew without it; or a local subtransaction has taken the cursor away. */
void Scan::check_cursor()
{
	if (at_end_ && coming_.empty())
		return;
	if (life_ != group_->life())
	{
		forget();
		begin();
		send_query();
	}
	else if (group_->transaction() != nullptr && !limited_ && !has_cursor())
		throw pg::Failure(pg::sqlstate::invalid_cursor_state,
		                  "the rows of a data link were being read in a subtransaction that was "
		                  "rolled back")
		    .hint("Fetch a first row of the cursor before the savepoint.");
}

/* Where the session had gone unnoticed, the query starts over on another. */
void Scan::check_first()
{
	if (pieces_ > 0)
		return;
	try
	{
		check_opened();
	}
	catch (const pg::Failure&)
	{
		if (group_.use_count() > 1 || !group_->start_over())
			throw;
		begin();
		coming_.clear();
		send_query();
		check_opened();
	}
}

void Scan::check_opened()
{
	Reply& first = *coming_.front().reply;
	group_->session().await(first, traffic_);
	const bool failed =
	    first.results.empty() || PQresultStatus(first.results.front().get()) == PGRES_FATAL_ERROR;
	if (failed && group_->session().has_gone_stale())
		(void)group_->session().take_result(first);
	group_->check_begun(traffic_);
	if (!declaration_)
		return;
	group_->session().await(*declaration_, traffic_);
	(void)group_->session().take_result(*declaration_);
	declaration_.reset();
}

/*
 * Whether the first reply says that what was prepared is of no use any more: the remote's table was
 * altered, or somebody there threw the statement away. The query is sent once more then, as it is.
 */
bool Scan::must_prepare_anew(const Reply& reply)
{
	if (!prepared_ || pieces_ > 0 || reply.results.empty())
		return false;
	const char* state = PQresultErrorField(reply.results.front().get(), PG_DIAG_SQLSTATE);
	if (state == nullptr || (strcmp(state, "0A000") != 0 && strcmp(state, "26000") != 0))
		return false;
	group_->session().forget_prepared(sql_);
	group_->session().forget_failure();
	must_not_prepare_ = true;
	coming_.clear();
	begin();
	send_query();
	return true;
}

bool Scan::has_types(const pg_result* result) const
{
	for (size_t i = 0; i < types_.size(); ++i)
		if (PQftype(result, static_cast<int>(i)) != types_[i])
			return false;
	return true;
}

/* The remote has other types than we: nothing of them is known but their texts. */
void Scan::reopen_as_text()
{
	format_ = Format::text;
	close();
	begin();
	send_query();
}

void Scan::take(Piece piece)
{
	group_->session().await(*piece.reply, traffic_);
	current_ = group_->session().take_result(*piece.reply);
	rows_ = PQntuples(current_.get());
	traffic_.rows += rows_;
	traffic_.bytes += remote::size_of(current_.get());
	if (rows_ > 0 && !traffic_.first_row)
		traffic_.first_row = Clock::now() - *began_;
	row_ = 0;
	++pieces_;
	group_->note_answer();
	if (piece.asked == 0 && rows_ > 0)
		coming_.push_front(std::move(piece));
	else if (rows_ < piece.asked || piece.asked == 0)
		at_end_ = true;
	/* Not at once: somebody may want but one row. */
	prefetch_at_ = at_end_ || way_ == Way::single || only_ > 0 ? never_prefetch : rows_ / 2;
}

int Scan::next_size() const
{
	if (only_ > 0)
		return only_;
	const auto memory = std::max<size_t>(PQresultMemorySize(current_.get()), 1);
	const auto each = std::max<size_t>(memory / static_cast<size_t>(std::max(rows_, 1)), 1);
	const auto fitting = std::max<size_t>(piece_bytes / each, 1);
	/* Who has not come to the end of a piece may still stop. */
	const size_t growth = coming_.empty() ? 4 : 16;
	return static_cast<int>(std::min(fitting, static_cast<size_t>(size_) * growth));
}

/*
 * Further pieces, until so many are on their way. Within a transaction that writes there, only what
 * is needed: an error in rows that nobody wants would break it, and locks would be kept.
 */
void Scan::fetch_until(size_t coming)
{
	if (group_->transaction() != nullptr)
		coming = std::min<size_t>(coming, row_ < rows_ ? 0 : 1);
	while (!at_end_ && coming_.size() < coming)
		fetch(next_size());
}

/*
 * Who has read half of the first piece may still stop; who has read all of it wants more, and who
 * has read half of the second is sent several: the remote need not wait for us.
 */
void Scan::prefetch()
{
	fetch_until(pieces_ > 1 ? most_coming : 1);
}

/*
 * Whether a piece was not even tried, because the transaction was broken then by something that a
 * local subtransaction has taken back since: the cursor stands where it stood.
 */
bool Scan::must_fetch_anew(const Reply& reply)
{
	if (group_->transaction() == nullptr || pieces_ == 0 || !reply.done || reply.results.empty())
		return false;
	const pg_result* result = reply.results.front().get();
	const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	if (PQresultStatus(result) != PGRES_PIPELINE_ABORTED &&
	    (state == nullptr || strcmp(state, "25P02") != 0))
		return false;
	const int asked = coming_.front().asked;
	coming_.clear();
	fetch(asked);
	return true;
}

bool Scan::refill()
{
	for (;;)
	{
		check_cursor();
		check_first();
		if (coming_.empty() && at_end_)
		{
			/* All rows of a scan that had but one piece stay, to be read again. */
			row_ = rows_;
			return false;
		}
		if (way_ != Way::single && pieces_ > 0)
			fetch_until(pieces_ == 1 && only_ == 0 ? 2 : 1);
		if (must_prepare_anew(*coming_.front().reply) || must_fetch_anew(*coming_.front().reply))
			continue;
		Piece piece = std::move(coming_.front());
		coming_.pop_front();
		take(std::move(piece));
		if (pieces_ == 1 && format_ == Format::binary && !has_types(current_.get()))
		{
			reopen_as_text();
			continue;
		}
		if (was_cut())
		{
			traffic_.rows -= rows_;
			close();
			send_query();
			continue;
		}
		if (at_end_)
			coming_.clear();
		if (rows_ > 0)
			return true;
	}
}

} // namespace datalinks::executor
