/*
 * The remote's statistics, for the local planner: copied without reading a row.
 */
#pragma once

#include <optional>

#include "link/link.hpp"
#include "postgres/guard.hpp"
#include "remote/session.hpp"
#include "remote/statistics_reader.hpp"
#include "sync/local_tables.hpp"

namespace datalinks::sync
{

/* What became of the link's tables. */
struct CopiedStatistics
{
	int tables = 0;   /* of which the remote knows something, which stands here now */
	int left_out = 0; /* of these, those that stay as they were: others hold their locks */
};

/*
 * Copies the statistics of the link's tables. The remote is asked at once, and answered for by
 * finish(): between the two, nothing else may be asked of the session, and the tables can be made.
 *
 * A column of which the remote tells what cannot be so, or what does not fit here, stays as it is;
 * DEBUG1 says why.
 */
class StatisticsCopy
{
public:
	/* `tables`: the link's, by whom has read them already and will not change them. */
	StatisticsCopy(const link::Link& link, remote::Session& session,
	               const ForeignTables* tables = nullptr);

	/*
	 * Throws what Session::ask() and read() do. Tables that this transaction has not made are
	 * locked as by ANALYZE, those alone of which something changes, and without waiting.
	 */
	CopiedStatistics finish();

	/* The same for a command that does more: a remote that does not tell is a NOTICE. */
	void finish_or_tell();

	/*
	 * Nobody wants them any more. What comes is read all the same: a remote that cannot send it
	 * reports a client that broke off.
	 */
	void discard();

private:
	const link::Link& link_;
	const ForeignTables* tables_;
	std::optional<pg::Failure> failure_; /* of the asking */
	std::optional<remote::StatisticsReader> reader_;
};

} // namespace datalinks::sync
