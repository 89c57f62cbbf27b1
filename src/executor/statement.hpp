/*
 * A statement in the remote's own SQL, as a user has worded it, within the local transaction's
 * transaction there.
 *
 * It is one statement, in a savepoint of its own, under the settings that the role has there, with
 * a schema in front of its search_path. What it leaves behind in the session is set back: it must
 * not change what other statements mean.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "executor/transaction.hpp"

namespace datalinks::executor
{

/* How a statement runs. */
struct Terms
{
	std::string schema;     /* that its names are looked up in first; empty: none */
	bool read_only = false; /* besides what the route says */
};

/*
 * Throws what no statement may be: 42601 where it is empty, 0A000 where it is about the transaction
 * or the session, which are not its own, or a COPY.
 */
void require_statement(const std::string& sql);

class Statement
{
public:
	/* Only for what require_statement() lets pass. */
	Statement(const Route& route, std::string sql, Terms terms)
	    : route_(route), sql_(std::move(sql)), terms_(std::move(terms))
	{
	}

	/*
	 * Sends it with these parameters, as text. Throws what Transaction::use() throws. Where nobody
	 * may write on the route, nor in the local transaction, the remote lets it read alone.
	 */
	void send(const std::vector<std::optional<std::string>>& parameters);

	/*
	 * Goes to the next row; false at the end, when the session is as it was. Waits where it must.
	 * Throws as the remote worded it, 08006 where the connection was lost, 25001 where the
	 * statement has ended the transaction.
	 */
	bool next();

	/* Whether next() would not have to wait. */
	bool is_ready() const;
	/* Reads what has come, without waiting; for a socket that is ready. */
	void receive();
	int socket() const;
	/* What its waiting counts for. */
	remote::Activity& activity() const;

	/* The current row, the only one of its result; at the end, without rows. */
	const pg_result* result() const
	{
		return current_.get();
	}
	/* Of the current row, from 1 on; at the end, how many there were. */
	long row() const
	{
		return row_;
	}

	/* At the end: whether it is a statement that returns rows, if there are any. */
	bool returns_rows() const;
	/* At the end: how many rows it returned or changed. */
	long affected() const;

	const std::string& sql() const
	{
		return sql_;
	}

private:
	void finish();

	Route route_;
	std::string sql_;
	Terms terms_;
	Transaction* transaction_ = nullptr;
	std::shared_ptr<Reply> reply_;
	std::shared_ptr<Reply> end_; /* to the last command of its series */
	Result current_;
	long row_ = 0;
};

} // namespace datalinks::executor
