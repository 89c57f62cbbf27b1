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

/* How many rows of this width are a piece. */
int rows_of_first(Way way, int width)
{
	constexpr int beside = 100; /* bytes of a row, as libpq holds it */
	const int fitting = std::max(static_cast<int>(piece_bytes) / (width + beside), 1);
	return way == Way::whole ? fitting : std::min(fitting, first_piece);
}

} // namespace

Scan::Scan(std::shared_ptr<Group> group, std::string sql, std::vector<unsigned> types, Way way,
           bool fixed, int width)
    : group_(std::move(group)), sql_(std::move(sql)), types_(std::move(types)), way_(way),
      fixed_(fixed), first_(rows_of_first(way, width)),
      format_(types_.empty() ? Format::text : Format::binary)
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
	if (!open_ || way_ == Way::single || limited_ || life_ != group_->life())
		return false;
	if (group_->transaction() == nullptr)
		return true;
	return IsTransactionState() && group_->transaction()->has_cursor(this);
}

void Scan::close() noexcept
{
	if (open_)
		had_few_ = pieces_ == 1 && at_end_ && way_ == Way::cursor;
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
	prefetch_at_ = never_prefetch;
	pending_.reset();
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
	note_beginning();
	begin();
	set_parameters(parameters);
	if (!open_with_others())
		send_query();
}

void Scan::note_beginning()
{
	if (!began_)
		began_ = Clock::now();
}

void Scan::set_parameters(const std::vector<const char*>& parameters)
{
	parameters_.clear();
	for (const char* parameter : parameters)
		parameters_.emplace_back(parameter != nullptr ? std::optional<std::string>(parameter)
		                                              : std::nullopt);
}

std::vector<const char*> Scan::values() const
{
	std::vector<const char*> values;
	values.reserve(parameters_.size());
	for (const auto& parameter : parameters_)
		values.push_back(parameter ? parameter->c_str() : nullptr);
	return values;
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
	if (group_->transaction() != nullptr && way_ == Way::single)
		way_ = Way::cursor;
}

void Scan::send_query()
{
	const auto values = this->values();
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
	fetch(only_ > 0 ? only_ : first_);
}

void Scan::declare(const std::vector<const char*>& values)
{
	cursor_ = "c" + std::to_string(group_->new_cursor());
	declaration_ = group_->session().send("DECLARE " + cursor_ + " NO SCROLL CURSOR FOR\n" + sql_,
	                                      values, Format::text);
	declaration_->sql = sql_;
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
	if (only_ > 0 || !had_few_ || values.empty() || !session.has_own_backend())
		return false;
	const std::string sql = compose("SELECT * FROM (%1%) rows LIMIT %2%", sql_, first_piece + 1);
	if (!prepared_here_)
		session.forget_prepared(sql);
	prepared_here_ = true;
	coming_.push_back({session.send_prepared(sql, values, format_, false), first_piece + 1});
	coming_.back().reply->sql = sql_;
	session.end_series();
	session.flush();
	return true;
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

void Scan::note_wait()
{
	if (pending_)
		return;
	pending_ = Clock::now();
	++traffic_.round_trips;
	++group_->session().activity().counts().round_trips;
}

void Scan::receive()
{
	if (pending_)
		group_->session().activity().counts().waited +=
		    std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - *pending_).count();
	pending_.reset();
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
