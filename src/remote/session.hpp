/*
 * A session to a remote over libpq: interruptible, with a deadline for each host, and reading in
 * one REPEATABLE READ, READ ONLY transaction with search_path pinned to pg_catalog, and with
 * settings under which texts of values mean the same everywhere.
 *
 * A session owns its connection and its place among the backend's file descriptors, and gives both
 * back when it goes. Nothing that the remote says reaches a user before the secrets are taken out.
 */
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "postgres/row.hpp"
#include "remote/activity.hpp"
#include "remote/connection.hpp"

struct pg_result;

namespace datalinks::remote
{

using pg::Row;
using pg::Rows;
using pg::Value;

/*
 * Connects to the first of the hosts that answers. Throws pg::Failure: 2F003 when a password is
 * required and was not given or not asked for, what else refusal_of and hosts_of have, 08001 when
 * no host could be reached, 0A000 when the remote is older than PostgreSQL 10; pg::Error when the
 * wait was cancelled.
 */
Connection connect(const Target& target);

/*
 * What went wrong with a command, in the remote's words: SQLSTATE, message, DETAIL, HINT and
 * without the secrets. Without a result, or with one that says nothing, it is the connection:
 * 08006.
 */
pg::Failure failure_of(const pg_result* result, const pg_conn* connection,
                       const std::vector<std::string>& secrets, const std::string& sql);

class Session
{
public:
	/* Throws what connect() throws. */
	static Session open(const Target& target);

	/*
	 * Runs one statement with text parameters and returns its rows of exactly `columns` columns.
	 * Throws pg::Failure with the remote's SQLSTATE, message, DETAIL and HINT, with 08P01 when the
	 * answer has another shape, with 54000 when it is larger than any catalog's; what is left of
	 * the answer then is not read, so that no other query can follow. `meanwhile` is called while
	 * the remote works; what it throws is thrown, and no other query can follow.
	 */
	Rows query(const std::string& sql, const std::vector<std::string>& parameters, int columns,
	           const std::function<void()>& meanwhile = nullptr);

	/*
	 * The same in two steps: the remote works while something else is done, and no more than a row
	 * is held. Between them, nothing else may be asked. read() hands on each row of exactly
	 * `columns` columns; it throws what query() does, and what `take` does. A `sql` of read() must
	 * be what was asked: it is told in errors.
	 */
	void ask(const std::string& sql, const std::vector<std::string>& parameters);
	void read(const std::string& sql, int columns, const std::function<void(Row)>& take);

	int version() const;              /* as PQserverVersion: 150004 */
	std::string version_text() const; /* as the remote prints it: 15.4 */
	std::string encoding() const;     /* of the remote's database */
	bool uses_tls() const;

private:
	struct FreeResult
	{
		void operator()(pg_result* result) const noexcept;
	};
	using Result = std::unique_ptr<pg_result, FreeResult>;

	Session(Connection connection, const Target& target);
	void begin();
	Result next_result(const std::string& sql);
	void read_within(size_t limit, const std::string& sql, int columns,
	                 const std::function<void(Row)>& take);
	[[noreturn]] void fail(const pg_result* result, const std::string& sql) const;

	Connection connection_;
	std::vector<std::string> secrets_;
	std::shared_ptr<Activity> activity_;
};

} // namespace datalinks::remote
