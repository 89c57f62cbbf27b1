/*
 * Rows on their way to a remote: see writer.hpp.
 */
#include "executor/writer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "schema/text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

namespace
{

using schema::compose;

constexpr long first_rows = 100;     /* go as INSERTs: for few, COPY does not pay */
constexpr size_t most_coming = 1000; /* rows whose outcome is not known */
constexpr size_t most_chunks = 1;    /* the same of chunks */
constexpr size_t push_at = 64;       /* rows */
constexpr size_t portion = 64 << 10; /* bytes of a COPY that are sent at once */
constexpr size_t piece = 1024 << 10; /* bytes of a COPY that is not alone */

/* PostgreSQL's documentation of COPY: signature, flags, length of an extension. */
constexpr char copy_header[] = "PGCOPY\n\377\r\n\0"
                               "\0\0\0\0"
                               "\0\0\0\0";
constexpr char copy_trailer[] = "\377\377";

/* The line of a COPY that the remote's context names; 0 where it names none. */
long line_of(const std::string& context)
{
	constexpr const char* mark = ", line ";
	const auto found = context.find(mark);
	return found == std::string::npos ? 0 : atol(context.c_str() + found + std::strlen(mark));
}

/* Whether the statement itself has raised it: what triggers there raise has a context. */
bool is_cardinality_of_statement(const pg::Failure& failure)
{
	return failure.code() == pg::sqlstate::cardinality_violation &&
	       failure.context().starts_with("remote SQL command");
}

/* In the server's words. */
pg::Failure affected_twice(const std::string& context)
{
	pg::Failure failure(pg::sqlstate::cardinality_violation,
	                    "ON CONFLICT DO UPDATE command cannot affect row a second time");
	failure
	    .hint("Ensure that no rows proposed for insertion within the same command have duplicate "
	          "constrained values.")
	    .context(context);
	return failure;
}

} // namespace

/* A transaction that is at its end, or goes back to a savepoint, has seen to it before. */
Writer::~Writer()
{
	if (IsTransactionState())
		transaction_.leave(this);
}

/* Of a row, or of so many that end with it. */
void Writer::fail(pg::Failure failure, long row, long rows)
{
	coming_.clear();
	rows_.clear();
	if (once_ && is_cardinality_of_statement(failure))
		failure = affected_twice(failure.context());
	if (sent_ > 1 && row > 0)
	{
		const std::string& context = failure.context();
		const std::string which =
		    rows == 1 ? compose("row %1%", row) : compose("rows %1% to %2%", row - rows + 1, row);
		failure.context(
		    compose("%1% of the statement%2%%3%", which, context.empty() ? "" : "\n", context));
	}
	throw failure;
}

Writer::Coming Writer::send_statement(Session& session, const std::vector<const char*>& parameters,
                                      long rows)
{
	transaction_.note_write();
	sent_ += rows;
	if (!began_)
		began_ = std::chrono::steady_clock::now();
	Coming coming{session.has_own_backend()
	                  ? session.send_prepared(*sql_, parameters, Format::text, false)
	                  : session.send(*sql_, parameters, Format::text),
	              sql_, rows};
	session.activity().counts().rows_sent += rows;
	traffic_.rows_sent += rows;
	traffic_.bytes_sent += coming.reply->bytes_sent;
	return coming;
}

void Writer::send_chunk(const std::vector<const char*>& parameters, long rows)
{
	coming_.push_back(send_statement(transaction_.session(), parameters, rows));
	transaction_.session().end_series();
	transaction_.session().push();
	take_replies(most_chunks);
}

void Writer::send_ahead(const std::vector<const char*>& parameters)
{
	coming_.push_back(send_statement(transaction_.use(), parameters, 1));
	if (coming_.size() % push_at != 0)
		return;
	transaction_.session().end_series();
	transaction_.session().push();
	transaction_.session().receive();
}

void Writer::send(const std::vector<const char*>& parameters)
{
	send_ahead(parameters);
	take_replies(most_coming);
}

Result Writer::take_next()
{
	const Coming sent = std::move(coming_.front());
	coming_.pop_front();
	return take_reply(sent);
}

Result Writer::send_and_wait(const std::vector<const char*>& parameters, long rows)
{
	const Coming sent = send_statement(transaction_.use(), parameters, rows);
	take_replies(0);
	return take_reply(sent);
}

long Writer::rows_coming() const
{
	long rows = 0;
	for (const Coming& sent : coming_)
		rows += sent.rows;
	return rows;
}

Result Writer::take_reply(const Coming& sent)
{
	try
	{
		transaction_.session().await(*sent.reply, traffic_);
		Result result = transaction_.session().take_result(*sent.reply);
		if (PQntuples(result.get()) > 0)
			note_rows(result.get());
		return result;
	}
	catch (const pg::Failure& failure)
	{
		/* The remote's table may have been altered under a statement that was prepared. */
		if (failure.code() == pg::sqlstate::feature_not_supported ||
		    failure.code() == pg::sqlstate::invalid_sql_statement_name)
			transaction_.session().forget_prepared(*sent.sql);
		fail(failure, sent_ - rows_coming(), sent.rows);
	}
}

void Writer::note_rows(const pg_result* result)
{
	traffic_.rows += PQntuples(result);
	traffic_.bytes += remote::size_of(result);
	if (!traffic_.first_row)
		traffic_.first_row = std::chrono::steady_clock::now() - *began_;
}

/* Those that are there, and waits for more while more than so many are still to come. */
void Writer::take_replies(size_t left)
{
	while (!coming_.empty() && (coming_.size() > left || coming_.front().reply->done))
	{
		const long rows = coming_.front().rows;
		const Result result = take_next();
		idle_ += std::max(rows - atol(PQcmdTuples(result.get())), 0L);
	}
}

Form Writer::form()
{
	if (!copy_ || sent_ < first_rows)
		return Form::parameters;
	if (!decided_)
		decide();
	if (!copy_)
		return Form::parameters;
	return by_text_ ? Form::text_row : Form::binary_row;
}

void Writer::send_question(const std::string& question)
{
	answer_ = transaction_.use().send(question, {}, Format::text);
}

Result Writer::take_answer()
{
	const auto answer = std::move(answer_);
	transaction_.session().await(*answer, traffic_);
	return transaction_.session().take_result(*answer);
}

Result Writer::ask(const std::string& question)
{
	send_question(question);
	take_replies(0);
	return take_answer();
}

/* Behind the first rows, whose locks keep the answer true until the transaction ends. */
void Writer::decide()
{
	const Result result = ask(copy_->probe);
	decided_ = true;
	const bool same = PQntuples(result.get()) == 1 && PQnfields(result.get()) == 2 &&
	                  strcmp(PQgetvalue(result.get(), 0, 0), "t") == 0;
	if (!same)
	{
		copy_.reset();
		return;
	}
	std::vector<std::string> types;
	for (const unsigned type : copy_->types)
		types.push_back(std::to_string(type));
	by_text_ =
	    types.empty() || "{" + schema::join(types, ",") + "}" != PQgetvalue(result.get(), 0, 1);
}

void Writer::send_appended()
{
	++sent_;
	++appended_;
	if (rows_.size() >= (in_pieces_ && !copying_ ? piece : portion))
		send_rows();
}

void Writer::send_rows()
{
	if (!copying_)
		begin_copy();
	const bool silent = transaction_.session().put_copy(rows_, appended_);
	traffic_.rows_sent += appended_;
	traffic_.bytes_sent += static_cast<long>(rows_.size());
	copied_ += appended_;
	appended_ = 0;
	rows_.clear();
	if (!silent)
		end_copy();
}

void Writer::begin_copy()
{
	Session& session = transaction_.use(this);
	transaction_.note_write();
	++traffic_.round_trips;
	try
	{
		session.begin_copy(copy_->copy + (by_text_ ? "" : " (FORMAT binary)"));
	}
	catch (const pg::Failure& failure)
	{
		fail(failure, 0);
	}
	transaction_.occupy(this);
	copying_ = true;
	copied_ = 0;
	if (!by_text_)
		rows_.insert(0, copy_header, sizeof(copy_header) - 1);
}

void Writer::end_copy()
{
	Session& session = transaction_.session();
	copying_ = false;
	transaction_.leave(this);
	++traffic_.round_trips;
	try
	{
		if (!by_text_)
			(void)session.put_copy(std::string(copy_trailer), 0);
		idle_ += copied_ - session.end_copy(copy_->copy);
	}
	catch (const pg::Failure& failure)
	{
		const long line = line_of(failure.context());
		fail(failure, line > 0 ? sent_ - appended_ - copied_ + line : 0);
	}
}

void Writer::make_way()
{
	in_pieces_ = true;
	end_copy();
}

void Writer::show()
{
	if (rows_.empty() && !copying_)
		return;
	store_rows();
	copy_.reset();
}

void Writer::settle()
{
	take_replies(0);
	store_rows();
}

void Writer::store_rows()
{
	if (!rows_.empty())
		send_rows();
	if (copying_)
		end_copy();
}

} // namespace datalinks::executor
