/*
 * One query on a remote, read row by row.
 *
 * Through a cursor of its group's transaction: it is opened and its first rows are fetched in one
 * round trip; further rows are asked for before they are needed, in pieces of bounded size. Or, for
 * a query that is the only one and has few rows, by itself: that costs the remote less. One that is
 * opened again and again with other parameters, and had few rows the last time, is prepared in the
 * transaction, and run to a limit; should there be more rows, a cursor starts over.
 */
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/group.hpp"

namespace datalinks::executor
{

/* Rows that are fetched first: few enough for somebody who wants one. Fewer where they are wide. */
constexpr int first_piece = 100;

/* Bytes of a piece, as libpq holds it. */
constexpr size_t piece_bytes = 384 << 10;

enum class Way
{
	cursor,
	single, /* of a group that has no other scan, to be read once and to the end */
	whole   /* a cursor whose rows are all wanted */
};

class Scan
{
public:
	/*
	 * `types`: of the columns, OIDs of built-in types that can be had in binary form, if the
	 * remote's are the very same; empty: as text. `fixed`: the query has no parameters but those
	 * that set_parameters() is given, and locks no rows. `width`: bytes of a row, as far as is
	 * known.
	 */
	Scan(std::shared_ptr<Group> group, std::string sql, std::vector<unsigned> types, Way way,
	     bool fixed, int width);
	/* Closes the cursor, without waiting. */
	~Scan();
	Scan(const Scan&) = delete;
	Scan& operator=(const Scan&) = delete;

	bool is_open() const
	{
		return open_;
	}

	/* The parameters of a query that another scan of the group may open with its own. */
	void set_parameters(const std::vector<const char*>& parameters);

	/*
	 * Sends the query with these parameters (as text, nullptr for NULL), in place of an older one.
	 * Throws what Group::begin throws.
	 */
	void open(const std::vector<const char*>& parameters);

	/*
	 * Goes to the next row; false at the end. Waits where it must. Throws pg::Failure as the remote
	 * worded it, 08006 where the connection was lost, 08P01 where the answer has another shape.
	 */
	bool next()
	{
		if (++row_ == prefetch_at_)
			prefetch();
		return row_ < rows_ || refill();
	}

	/* Whether next() would not have to wait. */
	bool is_ready() const;
	/* Whether it would return false, as far as is known. */
	bool is_at_end() const
	{
		return at_end_ && coming_.empty() && row_ + 1 >= rows_;
	}
	/*
	 * Of a query that locks rows: from now on so many are fetched at a time, and only when they are
	 * needed; 0: as it is best.
	 */
	void fetch_only(int rows)
	{
		only_ = rows;
	}
	/* The query locks rows: only of a group within the local transaction's transaction. */
	void note_write();

	/*
	 * Where the query turned out to be more than reading: lets all scans of the group read within
	 * the local transaction's transaction, where none has had an answer yet; returns whether that
	 * is so. The next next() begins anew.
	 */
	bool move_within()
	{
		return group_->move_within();
	}

	/* Sees to it that rows are on their way, for a caller who waits for the socket himself. */
	void request();

	/* He begins to wait, unless he has done so before. */
	void note_wait();

	/* Reads what has come, without waiting; for a socket that is ready. */
	void receive();
	int socket() const;

	/* Back to before the first row, if all rows are still here; else returns false. */
	bool rewind();

	/* Ends the query; open() starts another. Never waits. */
	void close() noexcept;

	/*
	 * Before the scan goes at the regular end of its statement: what is still being computed for it
	 * there is cancelled, unless others of the group go on.
	 */
	void finish();

	/* The current row is this one of this result. */
	const pg_result* rows() const
	{
		return current_.get();
	}
	int row() const
	{
		return row_;
	}
	Format format() const
	{
		return format_;
	}

	const std::shared_ptr<Group>& group() const
	{
		return group_;
	}
	const std::vector<unsigned>& types() const
	{
		return types_;
	}

	const Traffic& traffic() const
	{
		return traffic_;
	}

private:
	using Clock = std::chrono::steady_clock;

	struct Piece
	{
		std::shared_ptr<Reply> reply;
		int asked; /* rows; 0: all, one by one */
	};

	void begin();
	void note_beginning();
	bool open_with_others();
	void open_together(const std::vector<Scan*>& scans);
	void declare(const std::vector<const char*>& values);
	std::vector<const char*> values() const;
	Session& use_session();
	bool has_cursor() const;
	void check_cursor();
	void send_query();
	bool send_limited(const std::vector<const char*>& values);
	bool was_cut() const;
	void forget() noexcept;
	void fetch(int rows);
	bool refill();
	void prefetch();
	void fetch_until(size_t coming);
	void take(Piece piece);
	void check_first();
	bool must_prepare_anew(const Reply& reply);
	bool must_fetch_anew(const Reply& reply);
	void check_opened();
	bool has_types(const pg_result* result) const;
	void reopen_as_text();
	int next_size() const;

	std::shared_ptr<Group> group_;
	std::string sql_;
	std::vector<unsigned> types_;
	Way way_;
	bool fixed_;
	int first_; /* rows to be fetched first */
	Format format_;
	std::vector<std::optional<std::string>> parameters_;

	bool open_ = false;
	int life_ = 0;          /* of the group's, in which it was opened */
	bool prepared_ = false; /* by the session: the query that is open */
	bool must_not_prepare_ = false;
	bool finished_ = false;
	bool had_few_ = false;               /* rows, when it was last open: one piece */
	bool limited_ = false;               /* no cursor is open, but a query with a limit */
	bool prepared_here_ = false;         /* by this scan: in this transaction */
	std::string cursor_;                 /* its name */
	std::shared_ptr<Reply> declaration_; /* until it was checked */
	std::deque<Piece> coming_;
	Result current_;
	int row_ = -1;
	int rows_ = 0;
	static constexpr int never_prefetch = -2;
	int prefetch_at_ = never_prefetch;
	int only_ = 0;                             /* rows that may be asked for at once; 0: any */
	int size_ = 0;                             /* rows asked for last */
	int pieces_ = 0;                           /* taken since the opening */
	bool at_end_ = false;                      /* no piece that is not here or coming has rows */
	std::optional<Clock::time_point> began_;   /* when it was opened first */
	std::optional<Clock::time_point> pending_; /* since when somebody waits for the socket */
	Traffic traffic_;
};

} // namespace datalinks::executor
