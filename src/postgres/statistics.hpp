/*
 * The planner's statistics of foreign tables, written as ANALYZE writes them, but with the
 * transaction: a ROLLBACK takes them back.
 */
#pragma once

#include <map>
#include <utility>

#include "postgres/column_statistics.hpp"

struct MemoryContextData;

namespace datalinks::pg
{

struct ValueKind;
struct ColumnKinds;

/* A column of a local foreign table, as its attribute says. */
struct StatisticsColumn
{
	unsigned table;
	int number;
	unsigned type;
	unsigned collation;
};

/*
 * Writes under the lock that ANALYZE takes. A table that somebody else analyses, alters or grants
 * on just then is left alone, not waited for; so are those beyond `most_locks`. What is there
 * already is not written again, and takes no lock.
 */
class StatisticsWriter
{
public:
	explicit StatisticsWriter(long most_locks);

	/* The table's rows and pages. Returns false where the table was left alone. */
	bool write_size(unsigned table, double rows, double pages);

	/*
	 * The same of a column. The values pass the type's input function, with the current user's
	 * rights. Throws pg::Error where they are refused: nothing is written then, and the transaction
	 * can go on, unless it is_cancel().
	 */
	bool write_column(const StatisticsColumn& column, const ColumnStatistics& statistics);

	/* Makes what was written visible to what follows in the transaction. */
	void finish();

private:
	bool lock(unsigned table);
	ValueKind* kind_of(unsigned type, unsigned collation);
	ColumnKinds kinds_of(const StatisticsColumn& column);

	long locks_left_;
	MemoryContextData* memory_;  /* of the kinds */
	MemoryContextData* scratch_; /* of one column */
	std::map<unsigned, bool> locked_;
	std::map<std::pair<unsigned, unsigned>, ValueKind*> kinds_;
};

} // namespace datalinks::pg
