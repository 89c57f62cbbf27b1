/*
 * The planner's statistics of foreign tables, written as ANALYZE writes them, but with the
 * transaction: a ROLLBACK takes them back.
 */
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "postgres/column_statistics.hpp"
#include "postgres/scope.hpp"

struct MemoryContextData;

namespace datalinks::pg
{

struct ValueKind;
struct ColumnKinds;
struct StatisticsRow;

/* A column of a local foreign table, as its attribute says. */
struct StatisticsColumn
{
	unsigned table;
	int number;
	unsigned type;
	unsigned collation;
};

/*
 * Writes under the lock that ANALYZE takes, many tables at a time. A table that somebody else
 * analyses, alters or grants on just then is left alone, not waited for; so are those beyond
 * `most_locks`. What is there already is not written again, and takes no lock.
 */
class StatisticsWriter
{
public:
	explicit StatisticsWriter(long most_locks);
	~StatisticsWriter();

	/* The table's rows and pages; each table's once. */
	void write_size(unsigned table, double rows, double pages);

	/*
	 * What is known of a column; each column's once, what comes later is passed over. The values
	 * pass the type's input function, with the current user's rights. Returns why they are refused,
	 * where they are: the other columns are written all the same.
	 */
	std::optional<std::string> write_column(const StatisticsColumn& column,
	                                        const ColumnStatistics& statistics);

	/*
	 * Writes what has not been written yet, makes all of it visible to what follows in the
	 * transaction, and returns the tables that were left alone. To be called once, at the end.
	 */
	std::set<unsigned> finish();

private:
	struct Size
	{
		unsigned table;
		float rows;
		int pages;
	};

	bool lock(unsigned table);
	ValueKind* kind_of(unsigned type, unsigned collation);
	ColumnKinds kinds_of(const StatisticsColumn& column);
	void write_waiting();
	void write_sizes();
	void write_rows();

	long locks_left_;
	MemoryContextData* memory_;  /* of the kinds */
	MemoryContextData* scratch_; /* of one column, or of one table */
	MemoryContextData* waiting_; /* of the rows that wait */
	std::map<unsigned, bool> locked_;
	std::set<unsigned> left_alone_;
	std::map<std::pair<unsigned, unsigned>, ValueKind*> kinds_;
	std::set<std::pair<unsigned, int>> seen_;
	std::vector<Size> sizes_;
	std::vector<StatisticsRow> rows_;
	std::optional<Subtransaction> reading_; /* in which values are read */
};

} // namespace datalinks::pg
