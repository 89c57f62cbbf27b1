/*
 * The reader of a remote's statistics: see statistics_reader.hpp.
 */
#include "remote/statistics_reader.hpp"

#include <set>
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
 * The selected relations, each with all that is under it: a partitioned table or inheritance parent
 * is as large as that.
 *
 * How many rows a relation has is said as far as it is known without a lock: at the last ANALYZE or
 * VACUUM, or as counted since. The count may hold twice what was inserted shortly before an ANALYZE
 * of the same session: it is believed where it says more than that. %1% is whether the relation was
 * ever analysed: until 13, none and unknown were both 0. The pages are those of the last ANALYZE,
 * and grow with the rows. What is outside of the rows is counted in pieces of 2,000 bytes.
 */
#define RELATIONS                                                                                  \
	"WITH RECURSIVE selected AS (SELECT c.oid, n.nspname, c.relname FROM pg_namespace n"           \
	"  JOIN pg_class c ON c.relnamespace = n.oid"                                                  \
	"  WHERE n.nspname::text = ANY ($1::text[]) AND c.relkind IN ('r','p','m','f')"                \
	"   AND (%5%) AND NOT %6%),"                                                                   \
	" tree(root, oid) AS (SELECT oid, oid FROM selected"                                           \
	"  UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid),"    \
	" sizes AS (SELECT t.root, m.oid = t.root AS own, m.relkind <> 'p' AS stores,"                 \
	"  pg_stat_get_live_tuples(m.reltoastrelid) * 2000.0 AS outside,"                              \
	"  %1% AS analysed, r.rows, CASE WHEN r.rows > m.reltuples AND m.reltuples > 0"                \
	"   THEN m.relpages * (r.rows / m.reltuples) ELSE m.relpages END AS pages"                     \
	"  FROM tree t JOIN pg_class m ON m.oid = t.oid,"                                              \
	"  LATERAL (SELECT CASE WHEN %1% AND NOT l.live > 2.1 * m.reltuples"                           \
	"    THEN m.reltuples::float8 ELSE nullif(l.live, 0) END AS rows"                              \
	"   FROM (SELECT pg_stat_get_live_tuples(m.oid)::float8 AS live OFFSET 0) l OFFSET 0) r),"     \
	" relations AS (SELECT c.oid, c.nspname, c.relname, s.rows, s.pages, s.outside, s.parent,"     \
	"  s.parent OR s.analysed AND s.rows > 0 AS known"                                             \
	"  FROM selected c JOIN (SELECT root, bool_or(stores AND NOT own) AS parent,"                  \
	"   bool_or(analysed AND own) AS analysed, sum(outside) AS outside,"                           \
	"   coalesce(sum(rows) FILTER (WHERE stores), max(rows) FILTER (WHERE own)) AS rows,"          \
	"   coalesce(sum(pages) FILTER (WHERE stores), max(pages) FILTER (WHERE own)) AS pages"        \
	"   FROM sizes GROUP BY root) s ON s.root = c.oid)"

/*
 * What is known of a relation's columns: of a parent's, first what is known of all that is under
 * it. pg_stats is a security barrier, whose rows the planner cannot count: it is asked relation by
 * relation, and joined with nothing; once, for planning it takes longer than reading it. OFFSET 0
 * has each list printed once.
 *
 * Of a value that stands outside of its row, ANALYZE counts the pointer to it. A column of nothing
 * but wide values (it has neither a list nor a histogram) is as wide as what is outside.
 */
#define COLUMNS                                                                                    \
	"SELECT s.attname, (SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END"          \
	"  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"                                   \
	"  WHERE a.attrelid = r.oid AND a.attname = s.attname) AS type,"                               \
	" CASE WHEN r.outside > 0 AND s.most_common_vals IS NULL AND s.histogram_bounds IS NULL"       \
	"   AND (SELECT a.attstorage IN ('x', 'e') FROM pg_attribute a"                                \
	"    WHERE a.attrelid = r.oid AND a.attname = s.attname)"                                      \
	"  THEN r.outside / greatest(r.rows, 1) END AS outside,"                                       \
	" s.null_frac, s.avg_width, s.n_distinct, s.most_common_vals::text, s.most_common_freqs,"      \
	" s.histogram_bounds::text, s.correlation, s.most_common_elems::text,"                         \
	" s.most_common_elem_freqs, s.elem_count_histogram"                                            \
	" FROM pg_stats s WHERE r.known AND s.schemaname = r.nspname AND s.tablename = r.relname"      \
	"  AND (r.parent OR NOT s.inherited) ORDER BY s.inherited DESC OFFSET 0"

/*
 * One row a column that something is known of; one without a column for a relation of which
 * nothing is.
 */
#define STATISTICS_QUERY                                                                           \
	RELATIONS                                                                                      \
	" SELECT r.relname, r.rows, r.pages, c.attname, c.type, c.outside, c.null_frac, c.avg_width,"  \
	" c.n_distinct, %2%, c.most_common_freqs, %3%, c.correlation, %4%,"                            \
	" c.most_common_elem_freqs, c.elem_count_histogram, r.nspname"                                 \
	" FROM relations r LEFT JOIN LATERAL (" COLUMNS ") c ON true"

/* The columns of STATISTICS_QUERY. */
enum StatisticsColumn
{
	relation_name,
	relation_rows,
	relation_pages,
	column_name,
	column_type,
	outside,
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
	relation_schema,
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
	statistics.schema = required(row[relation_schema]);
	statistics.rows = size_in(row[relation_rows]);
	statistics.pages = size_in(row[relation_pages]);
	if (!row[column_name])
		return statistics;
	statistics.column = *row[column_name];
	statistics.type = number<unsigned>(row[column_type]);
	schema::StatisticsTexts& texts = statistics.texts;
	texts.outside = std::move(row[outside]);
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
		return compose("CASE WHEN octet_length(c.%1%) < 1000000%2% THEN c.%1% END", name,
		               ascii ? compose(" AND c.%1% ~ '^[\\x01-\\x7f]*$'", name) : std::string());
	};
	sql_ = compose(STATISTICS_QUERY,
	               session.version() >= 140000 ? "m.reltuples >= 0"
	                                           : "(m.reltuples > 0 OR m.relpages > 0)",
	               list("most_common_vals"), list("histogram_bounds"), list("most_common_elems"),
	               is_among_only(selection, "$2"), is_excepted(selection, "$3"));
	const std::vector<std::string> schemas =
	    selection.all() ? selection.linked : std::vector{selection.schema};
	session_.ask(sql_, {schema::array_literal(schemas), schema::array_literal(selection.only),
	                    schema::array_literal(selection.except)});
}

void StatisticsReader::read(const std::function<void(const Statistics&)>& take)
{
	std::pair<std::string, std::string> relation; /* and its schema */
	std::set<std::string> columns;                /* of the relation, until now */
	session_.read(sql_, statistics_columns, [&](Row row) {
		const Statistics statistics = statistics_of(row);
		const std::pair of(statistics.relation, statistics.schema);
		if (of != relation)
			columns.clear();
		relation = of;
		if (columns.insert(statistics.column).second)
			take(statistics);
	});
}

} // namespace datalinks::remote
