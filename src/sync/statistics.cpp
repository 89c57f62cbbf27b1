/*
 * The remote's statistics, for the local planner: see statistics.hpp.
 */
#include "sync/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "postgres/guard.hpp"
#include "postgres/locks.hpp"
#include "postgres/scope.hpp"
#include "postgres/statistics.hpp"
#include "schema/text.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;
using pg::ForeignColumn;
using pg::ForeignTable;
using schema::compose;

/* Types of these OIDs are the same in every database of every version. */
constexpr unsigned first_own_type = 10000;

/* Where only the rows are known: some hundred bytes each. */
constexpr double rows_in_page = 80;

std::string option_in(const pg::Options& options, const char* keyword, const std::string& otherwise)
{
	for (const pg::Option& option : options)
		if (option.keyword == keyword)
			return option.value;
	return otherwise;
}

/* The tables of the remote's schemas as they stand here; the user may have several for one. */
class LocalTables
{
public:
	LocalTables(const Link& link, const ForeignTables* known)
	    : tables_(known != nullptr ? ForeignTables() : foreign_tables_of(link))
	{
		const link::TableSchemas schemas = link::own_table_schemas(link);
		for (const ForeignTable& table : known != nullptr ? *known : tables_)
			if (const link::TableSchema* schema = schema_of(table, schemas))
				by_remote_.emplace(
				    std::pair(schema->remote, option_in(table.options, "table_name", table.name)),
				    &table);
	}

	template <typename F>
	void each(const std::string& schema, const std::string& table, F&& f) const
	{
		const auto [first, last] = by_remote_.equal_range(std::pair(schema, table));
		for (auto found = first; found != last; ++found)
			f(*found->second);
	}

private:
	ForeignTables tables_; /* where nobody has read them before */
	std::multimap<std::pair<std::string, std::string>, const ForeignTable*> by_remote_;
};

const ForeignColumn* column_of(const ForeignTable& table, const std::string& remote)
{
	const auto found =
	    std::find_if(table.columns.begin(), table.columns.end(), [&](const ForeignColumn& column) {
		    return option_in(column.options, "column_name", column.name) == remote;
	    });
	return found == table.columns.end() ? nullptr : &*found;
}

/* Takes the remote's statistics over, one after the other. */
class Copier
{
public:
	Copier(const Link& link, const ForeignTables* tables)
	    : link_(link), tables_(tables), writer_(pg::lock_table_size() / 2)
	{
	}
	void take(const remote::Statistics& statistics);
	CopiedStatistics finish();

private:
	void take_size(const ForeignTable& table, const remote::Statistics& statistics);
	void take_column(const ForeignTable& table, const remote::Statistics& statistics);
	void skip(const ForeignTable& table, const std::string& column, const std::string& why) const;

	const Link& link_;
	const ForeignTables* tables_;
	std::optional<LocalTables> local_;
	pg::StatisticsWriter writer_;
	std::set<unsigned> seen_;
};

void Copier::skip(const ForeignTable& table, const std::string& column,
                  const std::string& why) const
{
	if (pg::debug_is_seen())
		pg::debug(compose("statistics of \"%1%.%2%\" in data link \"%3%\" are not taken over: %4%",
		                  table.name, column, link_.name, why));
}

void Copier::take_size(const ForeignTable& table, const remote::Statistics& statistics)
{
	constexpr double most_rows = 1e15;
	if (!statistics.rows || !seen_.insert(table.oid).second)
		return;
	const double rows = std::min(*statistics.rows, most_rows);
	const double pages = statistics.pages.value_or(0);
	writer_.write_size(table.oid, rows, pages > 0 ? pages : std::ceil(rows / rows_in_page));
}

void Copier::take_column(const ForeignTable& table, const remote::Statistics& statistics)
{
	const ForeignColumn* column = column_of(table, statistics.column);
	if (column == nullptr)
		return skip(table, statistics.column, "there is no such column here");
	/* A drift of types is the refresh's to mend. */
	if (statistics.type < first_own_type && statistics.type != column->type)
		return skip(table, statistics.column, "its type is another here");
	std::string objection;
	const auto read = schema::read_statistics(statistics.texts, objection);
	if (!read)
		return skip(table, statistics.column, objection);
	if (const auto refusal = writer_.write_column(
	        {table.oid, column->number, column->type, column->collation}, *read))
		return skip(table, statistics.column, *refusal);
	seen_.insert(table.oid);
}

void Copier::take(const remote::Statistics& statistics)
{
	const bool has_column = !statistics.column.empty();
	if (!statistics.rows && !has_column)
		return;
	if (!local_)
		local_.emplace(link_, tables_);
	local_->each(statistics.schema, statistics.relation, [&](const ForeignTable& table) {
		take_size(table, statistics);
		if (has_column)
			take_column(table, statistics);
		else
			skip(table, "*", "the remote has none of its columns, or none for this role");
	});
}

CopiedStatistics Copier::finish()
{
	const size_t left_out = writer_.finish().size();
	return {static_cast<int>(seen_.size() - left_out), static_cast<int>(left_out)};
}

} // namespace

StatisticsCopy::StatisticsCopy(const Link& link, remote::Session& session,
                               const ForeignTables* tables)
    : link_(link), tables_(tables)
{
	try
	{
		reader_.emplace(session, link::selection_of(link));
	}
	catch (const pg::Failure& failure)
	{
		failure_ = failure;
	}
}

CopiedStatistics StatisticsCopy::finish()
{
	if (failure_)
		throw *failure_;
	/* As in the session: texts of values must mean the same on both sides. */
	pg::SettingScope settings;
	settings.set("datestyle", "ISO");
	settings.set("intervalstyle", "postgres");
	settings.set("lc_monetary", "C");
	Copier copier(link_, tables_);
	try
	{
		reader_->read([&](const remote::Statistics& statistics) { copier.take(statistics); });
	}
	catch (const pg::Failure&)
	{
		(void)copier.finish();
		throw;
	}
	return copier.finish();
}

void StatisticsCopy::finish_or_tell()
{
	try
	{
		(void)finish();
	}
	catch (const pg::Failure& failure)
	{
		pg::notice("the remote's statistics could not be read", failure.what(),
		           compose("The planner goes without: SELECT datalink_analyze('%1%') tries again.",
		                   link_.name));
	}
}

void StatisticsCopy::discard()
{
	try
	{
		if (reader_)
			reader_->read([](const remote::Statistics&) {});
	}
	catch (const pg::Failure&)
	{
		/* Whoever asks again is told. */
	}
}

} // namespace datalinks::sync
