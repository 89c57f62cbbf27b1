/*
 * The reader of a remote's statistics: see statistics_reader.hpp.
 */
#include "remote/statistics_reader.hpp"

#include <utility>

#include "postgres/types.hpp"
#include "remote/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::remote
{

namespace
{

using schema::compose;

/*
 * How many rows a relation has, as far as that is known without a lock: at the last ANALYZE or
 * VACUUM, or as counted since. The count may hold twice what was inserted shortly before an ANALYZE
 * of the same session: it is believed where it says more than that. %1% is whether the relation was
 * ever analysed: until 13, none and unknown were both 0. The pages are those of the last ANALYZE,
 * and grow with the rows.
 */
#define SIZES                                                                                      \
	"SELECT m.oid, m.relname, m.relkind, m.relhassubclass, m.relnamespace, m.relispartition,"      \
	" %1% AS analysed, r.rows, CASE WHEN r.rows > m.reltuples AND m.reltuples > 0"                 \
	"  THEN m.relpages * (r.rows / m.reltuples) ELSE m.relpages END AS pages"                      \
	" FROM pg_class m, LATERAL (SELECT CASE WHEN %1% AND NOT l.live > 2.1 * m.reltuples"           \
	"   THEN m.reltuples::float8 ELSE nullif(l.live, 0) END AS rows"                               \
	"  FROM (SELECT pg_stat_get_live_tuples(m.oid)::float8 AS live OFFSET 0) l OFFSET 0) r"        \
	" WHERE m.relkind IN ('r','p','m','f')"

/* A partitioned table or inheritance parent is as large as all that is under it. */
#define TREES                                                                                      \
	"WITH RECURSIVE sizes AS (" SIZES "), tree(root, oid) AS ("                                    \
	"SELECT c.oid, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"            \
	" WHERE n.nspname = $1 AND c.relhassubclass AND c.relkind IN ('r','p')"                        \
	" UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid),"     \
	" parents AS (SELECT t.root, sum(s.rows) AS rows, sum(s.pages) AS pages"                       \
	"  FROM tree t JOIN sizes s USING (oid) WHERE s.relkind <> 'p' GROUP BY t.root"                \
	"  HAVING count(*) > 1 OR bool_or(s.oid <> t.root))"

#define LISTED(name) "s." name "::text AS " name

/*
 * One row a column that something is known of; one without a column for a relation of which
 * nothing is. Of a parent's columns, what is known of all that is under it counts, where there is
 * that. Of what was never analysed nothing is, so it is not looked for. OFFSET 0 has each list
 * printed once.
 */
#define STATISTICS_QUERY                                                                           \
	TREES                                                                                          \
	"SELECT c.relname, c.rows, c.pages, s.attname, s.type, s.null_frac, s.avg_width,"              \
	" s.n_distinct, %2%, s.most_common_freqs, %3%, s.correlation, %4%,"                            \
	" s.most_common_elem_freqs, s.elem_count_histogram"                                            \
	" FROM (SELECT c.oid, c.relname, c.analysed, p.root IS NOT NULL AS parent,"                    \
	"  coalesce(p.rows, c.rows) AS rows, coalesce(p.pages, c.pages) AS pages"                      \
	"  FROM pg_namespace n JOIN sizes c ON c.relnamespace = n.oid"                                 \
	"  LEFT JOIN parents p ON p.root = c.oid"                                                      \
	"  WHERE n.nspname = $1 AND CASE WHEN $2::text[] = '{}' THEN NOT c.relispartition"             \
	"   ELSE c.relname::text IN (SELECT unnest($2::text[])) END"                                   \
	"  AND c.relname::text NOT IN (SELECT unnest($3::text[]))) c"                                  \
	" LEFT JOIN LATERAL (SELECT s.attname, s.null_frac, s.avg_width, s.n_distinct,"                \
	"  CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END AS type,"                         \
	"  " LISTED("most_common_vals") ", s.most_common_freqs, " LISTED(                              \
	    "histogram_bounds") ", s.correlation, " LISTED("most_common_elems") ", "                   \
	                                                                        "s.most_common_"       \
	                                                                        "elem_freqs, "         \
	                                                                        "s.elem_count_"        \
	                                                                        "histogram"            \
	                                                                        "  FROM pg_stats "     \
	                                                                        "s JOIN "              \
	                                                                        "pg_attribute a "      \
	                                                                        "ON a.attrelid = "     \
	                                                                        "c.oid AND "           \
	                                                                        "a.attname = "         \
	                                                                        "s.attname"            \
	                                                                        "  JOIN pg_type "      \
	                                                                        "t ON t.oid = "        \
	                                                                        "a.atttypid"           \
	                                                                        "  WHERE "             \
	                                                                        "(c.analysed OR "      \
	                                                                        "c.parent)"            \
	                                                                        "  AND "               \
	                                                                        "s.schemaname = "      \
	                                                                        "$1 AND "              \
	                                                                        "s.tablename = "       \
	                                                                        "c.relname"            \
	                                                                        "  AND CASE WHEN "     \
	                                                                        "NOT c.parent "        \
	                                                                        "THEN NOT "            \
	                                                                        "s.inherited "         \
	                                                                        "ELSE "                \
	                                                                        "s.inherited OR "      \
	                                                                        "NOT EXISTS ("         \
	                                                                        "   SELECT FROM "      \
	                                                                        "pg_stats i "          \
	                                                                        "WHERE "               \
	                                                                        "i.schemaname = "      \
	                                                                        "$1 AND "              \
	                                                                        "i.tablename = "       \
	                                                                        "c.relname"            \
	                                                                        "   AND "              \
	                                                                        "i.attname = "         \
	                                                                        "s.attname AND "       \
	                                                                        "i.inherited) "        \
	                                                                        "END OFFSET 0) s "     \
	                                                                        "ON true"

/* The columns of STATISTICS_QUERY. */
enum StatisticsColumn
{
	relation_name,
	relation_rows,
	relation_pages,
	column_name,
	column_type,
	null_fraction,
	width,
	distinct,
	common_values,
	common_numbers,
	bounds,
	correlation,
	elements,
	element_numbers,
	counts,
	statistics_columns
};

std::optional<double> size_in(const Value& value)
{
	const auto number = value ? schema::read_number(*value) : std::nullopt;
	return number && *number >= 0 ? number : std::nullopt;
}

Statistics statistics_of(Row& row)
{
	Statistics statistics;
	statistics.relation = required(row[relation_name]);
	statistics.rows = size_in(row[relation_rows]);
	statistics.pages = size_in(row[relation_pages]);
	if (!row[column_name])
		return statistics;
	statistics.column = *row[column_name];
	statistics.type = number<unsigned>(row[column_type]);
	schema::StatisticsTexts& texts = statistics.texts;
	texts.null_fraction = std::move(row[null_fraction]);
	texts.width = std::move(row[width]);
	texts.distinct = std::move(row[distinct]);
	texts.common_values = std::move(row[common_values]);
	texts.common_numbers = std::move(row[common_numbers]);
	texts.bounds = std::move(row[bounds]);
	texts.correlation = std::move(row[correlation]);
	texts.elements = std::move(row[elements]);
	texts.element_numbers = std::move(row[element_numbers]);
	texts.counts = std::move(row[counts]);
	return statistics;
}

} // namespace

StatisticsReader::StatisticsReader(Session& session, const Selection& selection) : session_(session)
{
	/* Between unlike encodings one value could make the whole answer fail. */
	const bool ascii = session.encoding() != pg::database_encoding();
	/* Too long a list is not sent at all. */
	const auto list = [&](const char* name) {
		return compose("CASE WHEN octet_length(s.%1%) < 1000000%2% THEN s.%1% END", name,
		               ascii ? compose(" AND s.%1% ~ '^[\\x01-\\x7f]*$'", name) : std::string());
	};
	sql_ = compose(STATISTICS_QUERY,
	               session.version() >= 140000 ? "m.reltuples >= 0"
	                                           : "(m.reltuples > 0 OR m.relpages > 0)",
	               list("most_common_vals"), list("histogram_bounds"), list("most_common_elems"));
	session_.ask(sql_, {selection.schema, schema::array_literal(selection.only),
	                    schema::array_literal(selection.except)});
}

void StatisticsReader::read(const std::function<void(const Statistics&)>& take)
{
	session_.read(sql_, statistics_columns, [&](Row row) { take(statistics_of(row)); });
}

} // namespace datalinks::remote
