/*
 * A session to a remote over libpq: see session.hpp.
 */
#include "remote/session.hpp"

#include <memory>

#include "postgres/guard.hpp"
#include "postgres/types.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

namespace
{

namespace sqlstate = pg::sqlstate;

/* What is read of one answer: far more than catalogs hold, far less than a backend can. */
constexpr int longest_value = 1 << 20;
constexpr size_t most_rows = 2000000;
constexpr size_t most_bytes = size_t{256} << 20;

/* The same where no more than a row of it is held: what can be waited for. */
constexpr size_t most_bytes_passing = size_t{4} << 30;

/*
 * A remote that sends, and nothing of it is a row: parameters, notices. Each reading is of some
 * kilobytes at least, or of one row's next piece.
 */
constexpr int most_idle_reads = 2000;

/* Results that hold no row: the end of each statement. No query of ours has more statements. */
constexpr int most_ends = 8;

[[noreturn]] void fail_unasked()
{
	throw pg::Failure(sqlstate::protocol_violation, "the remote sends what was not asked for");
}

[[noreturn]] void fail_by_size(const char* what)
{
	throw pg::Failure(sqlstate::program_limit_exceeded, "the remote's answer is too large")
	    .detail(what);
}

/* Takes the rows of one answer apart as they come in. */
class Collector
{
public:
	Collector(int columns, size_t limit) : columns_(columns), limit_(limit) {}
	/* The next row; throws where the answer is larger than it may be. */
	Row row(const PGresult* result, int number);

private:
	Value value(const PGresult* result, int row, int column);

	int columns_;
	size_t limit_;
	size_t rows_ = 0, bytes_ = 0;
};

Value Collector::value(const PGresult* result, int row, int column)
{
	if (PQgetisnull(result, row, column))
		return std::nullopt;
	const int length = PQgetlength(result, row, column);
	if (length > longest_value)
		fail_by_size("A value in it has more than 1 MB.");
	bytes_ += static_cast<size_t>(length);
	const char* text = PQgetvalue(result, row, column);
	if (!pg::is_valid_text(text))
		throw pg::Failure(sqlstate::protocol_violation,
		                  "the remote's answer is not in the encoding that was asked for");
	return text;
}

Row Collector::row(const PGresult* result, int number)
{
	if (rows_++ == most_rows)
		fail_by_size("It has more than 2,000,000 rows.");
	Row row;
	row.reserve(static_cast<size_t>(columns_));
	for (int column = 0; column < columns_; ++column)
		row.push_back(value(result, number, column));
	bytes_ += static_cast<size_t>(columns_) * sizeof(Value);
	if (bytes_ > limit_)
		fail_by_size(limit_ == most_bytes ? "It has more than 256 MB." : "It has more than 4 GB.");
	return row;
}

} // namespace

Session::Session(Connection connection, const Target& target)
    : connection_(std::move(connection)), secrets_(secrets_of(target.connection)),
      activity_(activity_with(target.server))
{
	PQsetnonblocking(connection_.get(), 1);
}

Session Session::open(const Target& target)
{
	Session session(connect(target), target);
	session.begin();
	return session;
}

void Session::FreeResult::operator()(pg_result* result) const noexcept
{
	PQclear(result);
}

void Session::begin()
{
	/* Compiling a query of the catalogs, whose costs are guesses, takes longer than running it. */
	const std::string no_jit = version() >= 110000 ? "; SET LOCAL jit = off" : "";
	query("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
	      " SET LOCAL search_path = pg_catalog; SET LOCAL datestyle = ISO;"
	      " SET LOCAL intervalstyle = postgres; SET LOCAL timezone = GMT;"
	      " SET LOCAL extra_float_digits = 3; SET LOCAL lc_monetary = 'C'" +
	          no_jit,
	      {}, 0);
}

pg::Failure failure_of(const pg_result* result, const pg_conn* connection,
                       const std::vector<std::string>& secrets, const std::string& sql)
{
	const auto field = [&](int code) {
		return presentable(result != nullptr ? PQresultErrorField(result, code) : nullptr, secrets);
	};
	const std::string state = field(PG_DIAG_SQLSTATE);
	int code = ERRCODE_CONNECTION_FAILURE;
	if (state.size() == 5)
		code = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
	std::string message = field(PG_DIAG_MESSAGE_PRIMARY);
	if (message.empty())
		message = presentable(PQerrorMessage(connection), secrets);
	if (message.empty())
		message = "the remote gave no reason";
	pg::Failure failure(code, std::move(message));
	failure.detail(field(PG_DIAG_MESSAGE_DETAIL)).hint(field(PG_DIAG_MESSAGE_HINT));
	std::string context = field(PG_DIAG_CONTEXT);
	if (!sql.empty())
		context += (context.empty() ? "" : "\n") + ("remote SQL command: " + sql);
	failure.context(std::move(context));
	return failure;
}

void Session::fail(const pg_result* result, const std::string& sql) const
{
	const pg::Failure failure = failure_of(result, connection_.get(), secrets_, sql);
	activity_->note_error(failure);
	throw failure;
}

void Session::ask(const std::string& sql, const std::vector<std::string>& parameters)
{
	std::vector<const char*> values;
	values.reserve(parameters.size());
	for (const std::string& parameter : parameters)
		values.push_back(parameter.c_str());
	/* The simple protocol takes several statements at once; the extended one, parameters. */
	const int sent =
	    parameters.empty()
	        ? PQsendQuery(connection_.get(), sql.c_str())
	        : PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
	                            nullptr, values.data(), nullptr, nullptr, 0);
	(void)activity_->count_command(sql, values);
	if (sent == 0 || PQsetSingleRowMode(connection_.get()) == 0)
		fail(nullptr, sql);
	/* A remote that does not read may be waiting for us to read first. */
	for (int left = PQflush(connection_.get()); left != 0; left = PQflush(connection_.get()))
	{
		const pg::SocketWait either{PQsocket(connection_.get()), true, true};
		if (left < 0 || (!pg::wait_for_sockets({either}, -1, pg::WaitFor::send).empty() &&
		                 !read_available(connection_.get())))
			fail(nullptr, sql);
	}
}

Session::Result Session::next_result(const std::string& sql)
{
	for (int reads = 0; PQisBusy(connection_.get());)
	{
		const Waiting waiting(*activity_);
		const pg::SocketWait answer{PQsocket(connection_.get()), false};
		if (pg::wait_for_sockets({answer}, -1, pg::WaitFor::answer).empty())
			continue;
		if (!read_available(connection_.get()))
			fail(nullptr, sql);
		while (PGnotify* notification = PQnotifies(connection_.get()))
			PQfreemem(notification);
		if (++reads > most_idle_reads)
			fail_unasked();
	}
	Result result(PQgetResult(connection_.get()));
	activity_->count_result(result.get());
	return result;
}

void Session::read_within(size_t limit, const std::string& sql, int columns,
                          const std::function<void(Row)>& take)
{
	Collector collector(columns, limit);
	++activity_->counts().round_trips;
	int ends = 0;
	for (Result result = next_result(sql); result; result = next_result(sql))
	{
		const ExecStatusType status = PQresultStatus(result.get());
		if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_SINGLE_TUPLE)
			fail(result.get(), sql);
		if (PQnfields(result.get()) != columns)
			throw pg::Failure(sqlstate::protocol_violation,
			                  "the remote's answer does not have the columns that were asked for")
			    .context("remote SQL command: " + sql);
		if (status != PGRES_SINGLE_TUPLE && ++ends > most_ends)
			fail_unasked();
		for (int number = 0; number < PQntuples(result.get()); ++number)
			take(collector.row(result.get(), number));
	}
}

void Session::read(const std::string& sql, int columns, const std::function<void(Row)>& take)
{
	read_within(most_bytes_passing, sql, columns, take);
}

Rows Session::query(const std::string& sql, const std::vector<std::string>& parameters, int columns,
                    const std::function<void()>& meanwhile)
{
	ask(sql, parameters);
	if (meanwhile)
		meanwhile();
	Rows rows;
	read_within(most_bytes, sql, columns, [&](Row row) { rows.push_back(std::move(row)); });
	return rows;
}

int Session::version() const
{
	return PQserverVersion(connection_.get());
}

std::string Session::version_text() const
{
	return presentable(PQparameterStatus(connection_.get(), "server_version"), secrets_);
}

std::string Session::encoding() const
{
	return presentable(PQparameterStatus(connection_.get(), "server_encoding"), secrets_);
}

bool Session::uses_tls() const
{
	return PQsslInUse(connection_.get()) != 0;
}

} // namespace datalinks::remote
