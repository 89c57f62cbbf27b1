/*
 * Rows on their way to one table of a remote, within the local transaction's transaction there.
 *
 * Each row is a statement of its own, sent without awaiting those before it. After the first rows
 * of an INSERT the remote is asked whether COPY would mean the same, and where it does, the rest
 * goes by COPY. All errors and counts are in after settle().
 */
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/transaction.hpp"

namespace datalinks::executor
{

/* How an INSERT can go by COPY. */
struct CopyPlan
{
	/*
	 * A query for one row: whether COPY means the same as the INSERTs, and the types of the
	 * columns there, as an array of OIDs in the order in which they are sent.
	 */
	std::string probe;
	std::string copy;            /* up to FROM STDIN */
	std::vector<unsigned> types; /* of the columns here; empty where text must be sent */
};

/* In which form the next row is to be handed over. */
enum class Form
{
	parameters,
	text_row,
	binary_row
};

class Writer : public Occupant
{
public:
	/* `sql` is the statement for a row. Throws as Transaction::to_write(). */
	Writer(const Route& route, std::string sql)
	    : transaction_(Transaction::to_write(route)),
	      sql_(std::make_shared<const std::string>(std::move(sql)))
	{
	}
	~Writer() override;
	Writer(const Writer&) = delete;
	Writer& operator=(const Writer&) = delete;

	void allow_copy(CopyPlan plan)
	{
		copy_ = std::move(plan);
	}

	/* The statement makes the remote fail (21000) when it affects a row again: that is told so. */
	void expect_once()
	{
		once_ = true;
	}

	/* The statement for the rows from here on; not together with allow_copy(). */
	void set_statement(std::shared_ptr<const std::string> sql)
	{
		sql_ = std::move(sql);
	}
	const std::string& statement() const
	{
		return *sql_;
	}

	/* Rows, until now. */
	long sent() const
	{
		return sent_;
	}
	Transaction& transaction()
	{
		return transaction_;
	}

	/* May wait: see CopyPlan. Throws what send() throws. */
	Form form();

	/*
	 * Sends a row as parameters, nullptr for NULL. Throws what Transaction::use() throws, and what
	 * has gone wrong with this row or an earlier one, as the remote worded it.
	 */
	void send(const std::vector<const char*>& parameters);
	/*
	 * The same for a statement that stands for so many rows, to which use() of the transaction has
	 * been called already.
	 */
	void send_chunk(const std::vector<const char*>& parameters, long rows);
	/* The same for a statement that stands for so many rows, and awaits what comes of it. */
	Result send_and_wait(const std::vector<const char*>& parameters, long rows = 1);
	/* The same in two: what comes of each row stays until it is taken, in the order of the rows. */
	void send_ahead(const std::vector<const char*>& parameters);
	Result take_next();

	/* The answer to a query, once what was sent before it is done. Throws as send() does. */
	Result ask(const std::string& question);
	/* The same in two; between them other things may be sent. */
	void send_question(const std::string& question);
	bool has_question() const
	{
		return answer_ != nullptr;
	}
	Result take_answer();

	/* A row of COPY is appended to this, and then sent; throws as send() does. */
	std::string& rows()
	{
		return rows_;
	}
	void send_appended();

	/*
	 * Another statement, which this one has called, is to see the rows so far, as it would see
	 * those of a local table: they are stored, and those that follow are sent one by one. Throws as
	 * send() does.
	 */
	void show();

	/* Waits until all is stored there. Throws as send() does. */
	void settle();

	/* One that was handed over has not been sent at all, for it could have no effect. */
	void note_idle()
	{
		++idle_;
	}
	/* How many rows have had no effect, as far as is known; from then on they count no more. */
	long take_idle()
	{
		return std::exchange(idle_, 0);
	}

	/* All that went through here, both ways. */
	const Traffic& traffic() const
	{
		return traffic_;
	}

	bool goes_to(const Route& route) const
	{
		return transaction_.serves(route);
	}

	void make_way() override;

private:
	/* What is coming of rows, and the statement that they were sent by. */
	struct Coming
	{
		std::shared_ptr<Reply> reply;
		std::shared_ptr<const std::string> sql;
		long rows;
	};

	Coming send_statement(Session& session, const std::vector<const char*>& parameters, long rows);
	void note_rows(const pg_result* result);
	void take_replies(size_t left);
	Result take_reply(const Coming& sent);
	void decide();
	void send_rows();
	void begin_copy();
	void end_copy();
	void store_rows();
	long rows_coming() const;
	[[noreturn]] void fail(pg::Failure failure, long row, long rows = 1);

	Transaction& transaction_;
	std::shared_ptr<const std::string> sql_;
	std::deque<Coming> coming_; /* of the rows that were sent last */
	Traffic traffic_;
	std::optional<std::chrono::steady_clock::time_point> began_;
	long sent_ = 0; /* rows of the statement, this one among them */
	long idle_ = 0;
	std::shared_ptr<Reply> answer_;

	bool once_ = false;
	std::optional<CopyPlan> copy_;
	bool decided_ = false;
	bool by_text_ = false;
	std::string rows_;       /* that were not sent yet */
	long appended_ = 0;      /* how many they are */
	bool copying_ = false;   /* a COPY is under way */
	long copied_ = 0;        /* rows of it that were sent */
	bool in_pieces_ = false; /* others use the session too: a COPY at a time, large ones */
};

} // namespace datalinks::executor
