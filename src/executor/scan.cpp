/*
 * One query on a remote: see scan.hpp.
 */
#include "executor/scan.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "executor/transaction.hpp"
#include "schema/text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

namespace
{

using schema::compose;

constexpr size_t piece_bytes = 384 << 10; /* of a later piece, as libpq holds it */
constexpr size_t most_coming = 4;         /* pieces */
constexpr int never = -2;

/*
 * Queries that were to have few rows and had many: a cursor reads those faster than row by row. By
 * their texts' hashes; a wrong guess costs a little time.
 */
constexpr long many_rows = 500;
constexpr size_t most_known = 1000;

std::unordered_set<size_t>& known_long()
{
	static std::unordered_set<size_t>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::unordered_set<size_t>;
	return *kept;
}

size_t hash_of(const std::string& sql)
{
	return std::hash<std::string>()(sql);
}

} // namespace

Scan::Scan(std::shared_ptr<Group> group, std::string sql, std::vector<unsigned> types, Way way,
           bool fixed)
    : group_(std::move(group)), sql_(std::move(sql)), types_(std::move(types)), way_(way),
      fixed_(fixed), format_(types_.empty() ? Format::text : Format::binary)
{
	group_->enroll(this);
	if (way_ == Way::single && known_long().contains(hash_of(sql_)))
		way_ = Way::cursor;
}

Scan::~Scan()
{
	group_->withdraw(this);
	if (open_ && !finished_)
		group_->abandon();
	/* The last of the group ends a transaction of its own, and the cursor with it. */
	if (group_.use_count() > 1 || group_->transaction() != nullptr)
		close();
}

/*
 * Of a cursor within the local transaction's, whether it is still there. A local subtransaction
 * that is being aborted takes those with it that were opened in it, and only those go just then.
 */
bool Scan::has_cursor() const
{
	if (!open_ || way_ != Way::cursor || limited_ || life_ != group_->life())
		return false;
	if (group_->transaction() == nullptr)
		return true;
	return IsTransactionState() && group_->transaction()->has_cursor(this);
}

void Scan::close() noexcept
{
	if (open_)
		had_few_ = pieces_ == 1 && at_end_;
	if (has_cursor())
	{
		try
		{
			Session& session = use_session();
			session.send("CLOSE " + cursor_, {}, Format::text)->quick = true;
			session.end_series();
			if (group_->transaction() != nullptr)
				group_->transaction()->forget_cursor(this);
		}
		catch (...)
		{
			/* The connection is gone, and with it the cursor: the next to use it is told. */
		}
	}
	forget();
}

void Scan::forget() noexcept
{
	open_ = false;
	declaration_.reset();
	coming_.clear();
	current_.reset();
	row_ = -1;
	rows_ = 0;
	prefetch_at_ = never;
	pieces_ = 0;
	at_end_ = false;
}

void Scan::finish()
{
	constexpr std::chrono::milliseconds patience{20};
	if (way_ == Way::single && traffic_.rows > many_rows)
	{
		if (known_long().size() >= most_known)
			known_long().clear();
		known_long().insert(hash_of(sql_));
	}
	finished_ = true;
	if (is_open() && group_.use_count() == 1 && group_->transaction() == nullptr &&
	    !group_->session().drain(patience))
		group_->session().cancel();
}

void Scan::open(const std::vector<const char*>& parameters)
{
	close();
	begin();
	parameters_.clear();
	for (const char* parameter : parameters)
		parameters_.emplace_back(parameter != nullptr ? std::optional<std::string>(parameter)
		                                              : std::nullopt);
	if (!open_with_others())
		send_query();
}

void Scan::note_write()
{
	group_->transaction()->note_write();
}

/* Within the local transaction's there may be scans of other statements, and a COPY in the way. */
Session& Scan::use_session()
{
	return group_->transaction() != nullptr ? group_->transaction()->use() : group_->session();
}

void Scan::begin()
{
	if (way_ == Way::single)
		group_->begin_single();
	else
		group_->begin();
	/* Others go on there: what is read must be able to stop. */
	if (group_->transaction() != nullptr)
		way_ = Way::cursor;
}

void Scan::send_query()
{
	std::vector<const char*> values;
	values.reserve(parameters_.size());
	for (const auto& parameter : parameters_)
		values.push_back(parameter ? parameter->c_str() : nullptr);
	open_ = true;
	life_ = group_->life();
	if (way_ == Way::single)
	{
		Session& session = group_->session();
		prepared_ = !values.empty() && !must_not_prepare_ && session.has_own_backend();
		coming_.push_back({prepared_ ? session.send_prepared(sql_, values, format_, true)
		                             : session.send(sql_, values, format_, true),
		                   0});
		group_->session().end_series();
		group_->session().flush();
		return;
	}
	limited_ = send_limited(values);
	if (limited_)
		return;
	declare(values);
	fetch(first_piece);
}

void Scan::declare(const std::vector<const char*>& values)
{
	cursor_ = "c" + std::to_string(group_->new_cursor());
	declaration_ = group_->session().send("DECLARE " + cursor_ + " NO SCROLL CURSOR FOR\n" + sql_,
	                                      values, Format::text);
	if (group_->transaction() != nullptr)
		group_->transaction()->note_cursor(this);
}

/*
 * Where it was not prepared in this transaction, which since then keeps the remote's tables from
 * being altered, an error could not be mended.
 */
bool Scan::send_limited(const std::vector<const char*>& values)
{
	Session& session = group_->session();
	if (!had_few_ || values.empty() || !session.has_own_backend())
		return false;
	const std::string sql = compose("SELECT * FROM (%1%) rows LIMIT %2%", sql_, first_piece + 1);
	if (!prepared_here_)
		session.forget_prepared(sql);
	prepared_here_ = true;
	coming_.push_back({session.send_prepared(sql, values, format_, false), first_piece + 1});
	session.end_series();
	session.flush();
	return true;
}

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
		(void)group_->session().take_result(first, sql_);
	group_->check_begun(traffic_);
	if (!declaration_)
		return;
	group_->session().await(*declaration_, traffic_);
	(void)group_->session().take_result(*declaration_, sql_);
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
	current_ = group_->session().take_result(*piece.reply, sql_);
	rows_ = PQntuples(current_.get());
	traffic_.rows += rows_;
	traffic_.bytes += static_cast<long>(PQresultMemorySize(current_.get()));
	row_ = 0;
	++pieces_;
	group_->note_answer();
	if (piece.asked == 0 && rows_ > 0)
		coming_.push_front(std::move(piece));
	else if (rows_ < piece.asked || piece.asked == 0)
		at_end_ = true;
	/* Not at once: somebody may want but one row. */
	prefetch_at_ = at_end_ || way_ == Way::single ? never : rows_ / 2;
}

int Scan::next_size() const
{
	const auto memory = std::max<size_t>(PQresultMemorySize(current_.get()), 1);
	const auto each = std::max<size_t>(memory / static_cast<size_t>(std::max(rows_, 1)), 1);
	const auto fitting = std::max<size_t>(piece_bytes / each, 1);
	/* Who has not come to the end of a piece may still stop. */
	const size_t growth = coming_.empty() ? 4 : 16;
	return static_cast<int>(std::min(fitting, static_cast<size_t>(size_) * growth));
}

/* Further pieces, until so many are on their way. */
void Scan::fetch_until(size_t coming)
{
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
		if (way_ == Way::cursor && pieces_ > 0)
			fetch_until(pieces_ == 1 ? 2 : 1);
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

bool Scan::is_ready() const
{
	return row_ + 1 < rows_ || is_at_end() || group_->session().broken() ||
	       (!coming_.empty() &&
	        (coming_.front().reply->done || !coming_.front().reply->results.empty()));
}

void Scan::request()
{
	if (coming_.empty() && !at_end_ && row_ + 1 >= rows_)
		fetch(next_size());
	group_->session().flush();
}

void Scan::receive()
{
	group_->session().receive();
	group_->session().flush();
}

int Scan::socket() const
{
	return group_->session().socket();
}

bool Scan::rewind()
{
	if (way_ == Way::single || !is_open() || pieces_ > 1 || (pieces_ == 1 && !at_end_))
		return pieces_ == 0;
	row_ = -1;
	return true;
}

} // namespace datalinks::executor
