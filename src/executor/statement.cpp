/*
 * A statement in a user's own words: see statement.hpp.
 */
#include "executor/statement.hpp"

#include <cstdlib>

#include "executor/settings.hpp"
#include "postgres/types.hpp"
#include "schema/command_word.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

namespace
{

using schema::CommandKind;
using schema::compose;

#define MARK "datalinks_statement"

/* Of the protocol. */
constexpr size_t most_parameters = 65535;

[[noreturn]] void refuse(const std::string& word, const char* detail, const char* hint)
{
	throw pg::Failure(pg::sqlstate::feature_not_supported,
	                  compose("cannot run %1% over a data link", word))
	    .detail(detail)
	    .hint(hint);
}

/* In the search_path that the role has there. */
std::string path_setting(const Terms& terms, bool read_only)
{
	std::string sql = "SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', ";
	if (!terms.schema.empty())
		sql += schema::quote_literal(schema::quote_identifier(terms.schema)) + ", ";
	sql += "nullif(pg_catalog.current_setting('search_path'), '')), true)";
	if (read_only)
		sql += ", pg_catalog.set_config('transaction_read_only', 'on', true)";
	return sql;
}

} // namespace

void require_statement(const std::string& sql)
{
	const std::string word = schema::first_word(sql);
	if (word.empty())
		throw pg::Failure(pg::sqlstate::syntax_error, "the statement is empty");
	switch (schema::kind_of_command(word))
	{
	case CommandKind::transaction:
		refuse(word, "It runs in a transaction that follows the one here.",
		       "COMMIT, ROLLBACK and SAVEPOINT here count there.");
	case CommandKind::session:
		refuse(word, "The session there is not its own: other statements use it, too.",
		       "What the role's sessions are to be like can be set there, by ALTER ROLE ... SET.");
	case CommandKind::copy:
		refuse(word, "It would take another way for its rows.",
		       "Copy from or to a table of the link, or select the rows.");
	case CommandKind::ordinary:
		break;
	}
}

/*
 * The query in front takes a snapshot, after which no transaction that may only read can be turned
 * into one that writes. The RELEASE behind fails where the statement is not in it any more.
 */
void Statement::send(const std::vector<std::optional<std::string>>& parameters)
{
	if (parameters.size() > most_parameters)
		throw pg::Failure(pg::sqlstate::program_limit_exceeded,
		                  compose("a statement has %1% parameters at the most", most_parameters));
	const bool read_only = terms_.read_only || XactReadOnly || is_read_only(route_);
	std::vector<const char*> values;
	for (const auto& parameter : parameters)
		values.push_back(parameter ? parameter->c_str() : nullptr);
	transaction_ = &Transaction::of(route_);
	Session& session = transaction_->use();
	transaction_->note_own_words();
	const auto add = [&](const std::string& sql) { return session.send(sql, {}, Format::text); };
	(void)add("SAVEPOINT " MARK);
	(void)add("SET LOCAL search_path TO DEFAULT");
	(void)add(path_setting(terms_, read_only));
	reply_ = session.send(sql_, values, Format::text, true);
	if (read_only)
		(void)add("ROLLBACK TO SAVEPOINT " MARK);
	end_ = add("RELEASE SAVEPOINT " MARK);
	if (!read_only)
		for (const std::string& sql :
		     settings_after_statement(pg::database_encoding(), session.application()))
			end_ = add(sql);
	session.end_series();
	session.push();
}

bool Statement::is_ready() const
{
	return reply_->done || !reply_->results.empty() || transaction_->session().broken();
}

void Statement::receive()
{
	transaction_->session().receive();
	transaction_->session().flush();
}

int Statement::socket() const
{
	return transaction_->session().socket();
}

remote::Activity& Statement::activity() const
{
	return transaction_->session().activity();
}

bool Statement::next()
{
	Traffic traffic;
	Session& session = transaction_->session();
	session.await(*reply_, traffic);
	current_ = session.take_result(*reply_);
	if (PQresultStatus(current_.get()) == PGRES_SINGLE_TUPLE)
	{
		++row_;
		return true;
	}
	finish();
	return false;
}

/* What has written there has to be committed; what has not need not be waited for then. */
void Statement::finish()
{
	Traffic traffic;
	Session& session = transaction_->session();
	session.await(*end_, traffic);
	const Result end = session.take_result(*end_);
	if (PQntuples(end.get()) == 1 && PQgetisnull(end.get(), 0, 0) == 0)
		transaction_->note_write();
}

bool Statement::returns_rows() const
{
	return PQresultStatus(current_.get()) == PGRES_TUPLES_OK;
}

long Statement::affected() const
{
	return std::atol(PQcmdTuples(current_.get()));
}

} // namespace datalinks::executor
