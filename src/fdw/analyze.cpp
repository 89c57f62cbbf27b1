/*
 * ANALYZE of a foreign table: see analyze.hpp.
 */
#include <cmath>
#include <string>
#include <vector>

#include "executor/scan.hpp"
#include "executor/transaction.hpp"
#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "executor/decoder.hpp"
#include "fdw/analyze.hpp"
#include "fdw/hints.hpp"
#include "fdw/remote_names.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;

/* On behalf of the table's owner, whoever runs ANALYZE. */
executor::Route route_of(Relation relation)
{
	const Oid server =
	    pg::call([&] { return GetForeignServerIdByRelId(RelationGetRelid(relation)); });
	return executor::route_to(server, relation->rd_rel->relowner);
}

executor::Scan scan_of(Relation relation, const std::string& sql,
                       const std::vector<unsigned>& types, executor::Way way)
{
	const executor::Route route = route_of(relation);
	const executor::Transaction* transaction = executor::find_transaction(route);
	const bool within =
	    IsolationUsesXactSnapshot() || (transaction != nullptr && transaction->has_written());
	return {executor::Group::of(relation, route, within), sql, types, way, true, 0};
}

/* What the remote knows of its table without looking. */
struct RemoteSize
{
	double pages;
	double rows; /* negative: unknown */
	bool can_be_sampled;
};

RemoteSize remote_size(Relation relation)
{
	const std::string name = pg::call([&] { return remote_table(RelationGetRelid(relation)); });
	const std::string literal = pg::call([&] { return quote_literal_cstr(name.c_str()); });
	executor::Scan scan = scan_of(
	    relation,
	    compose(
	        "SELECT coalesce(pg_catalog.pg_relation_size(c.oid), 0) /"
	        " pg_catalog.current_setting('block_size')::int, c.reltuples, c.relkind IN ('r', 'm')"
	        " FROM pg_catalog.pg_class c WHERE c.oid = %1%::pg_catalog.regclass",
	        literal),
	    {}, executor::Way::single);
	scan.open({});
	if (!scan.next() || PQnfields(scan.rows()) != 3)
		throw pg::Failure(pg::sqlstate::protocol_violation,
		                  "the remote does not tell the size of its table");
	const auto value = [&](int column) { return PQgetvalue(scan.rows(), scan.row(), column); };
	const RemoteSize size{atof(value(0)), atof(value(1)), *value(2) == 't'};
	while (scan.next())
		;
	scan.finish();
	return size;
}

/* The attributes that there are, and a query for them. */
List* attributes_of(Relation relation)
{
	List* attributes = NIL;
	TupleDesc descriptor = RelationGetDescr(relation);
	for (int i = 0; i < descriptor->natts; ++i)
		if (!TupleDescAttr(descriptor, i)->attisdropped)
			attributes = lappend_int(attributes, i + 1);
	return attributes;
}

std::string query_for(Relation relation, const List* attributes, double share)
{
	const Oid table = RelationGetRelid(relation);
	std::vector<std::string> names;
	const ListCell* cell;
	foreach (cell, attributes)
		names.emplace_back(pg::call(
		    [&] { return remote_column(table, static_cast<AttrNumber>(lfirst_int(cell))); }));
	const std::string sample =
	    share < 1 ? compose(" TABLESAMPLE BERNOULLI (%1%)", std::to_string(share * 100))
	              : std::string();
	const std::string name = pg::call([&] { return remote_table(table); });
	return compose("SELECT %1% FROM %2%%3%", names.empty() ? "NULL" : schema::join(names, ", "),
	               name, sample);
}

/* Vitter's algorithm, as the server's own ANALYZE uses it: each row with the same chance. */
class Reservoir
{
public:
	Reservoir(HeapTuple* rows, int wanted) : rows_(rows), wanted_(wanted)
	{
		pg::call([&] { reservoir_init_selection_state(&state_, wanted_); });
	}
	/* Where the next row goes; -1: nowhere. */
	int place_of_next()
	{
		++seen_;
		if (kept_ < wanted_)
			return kept_++;
		if (skip_ < 0)
			skip_ = reservoir_get_next_S(&state_, seen_ - 1, wanted_);
		if (skip_-- > 0)
			return -1;
		skip_ = -1;
		const int place = static_cast<int>(wanted_ * sampler_random_fract(&state_.randstate));
		heap_freetuple(rows_[place]);
		return place;
	}
	int kept() const
	{
		return kept_;
	}
	double seen() const
	{
		return seen_;
	}

private:
	HeapTuple* rows_;
	int wanted_;
	ReservoirStateData state_{};
	int kept_ = 0;
	double seen_ = 0, skip_ = -1;
};

/* Of a table that has many more rows, some more than are wanted are asked for. */
double share_of(const RemoteSize& size, int wanted)
{
	constexpr double reserve = 1.2;
	const double share = size.can_be_sampled && size.rows > 0 ? reserve * wanted / size.rows : 1;
	return share < 0.9 ? share : 1; // NOLINT(readability-magic-numbers)
}

struct Sampled
{
	Relation relation;
	executor::Decoder* decoder;
};

/* The server calls it while it raises an error, or less. */
void add_column(void* argument)
{
	const auto& sampled = *static_cast<const Sampled*>(argument);
	const executor::Decoder& decoder = *sampled.decoder;
	if (decoder.current < 0)
		return;
	const int number = decoder.columns[decoder.current].number;
	errcontext("column \"%s\" of foreign table \"%s\"",
	           NameStr(TupleDescAttr(RelationGetDescr(sampled.relation), number - 1)->attname),
	           RelationGetRelationName(sampled.relation));
}

/* The scan's row, in the current memory context. Server code. */
HeapTuple sampled_row(Sampled& sampled, const executor::Scan& scan, MemoryContext memory)
{
	ErrorContextCallback callback{error_context_stack, add_column, &sampled};
	error_context_stack = &callback;
	HeapTuple row =
	    executor::decode_tuple(sampled.decoder, scan.rows(), scan.row(), scan.format(), memory);
	error_context_stack = callback.previous;
	return row;
}

int sample(Relation relation, HeapTuple* rows, int wanted, double* total)
{
	const double share = share_of(remote_size(relation), wanted);
	List* attributes = pg::call([&] { return attributes_of(relation); });
	const auto types = executor::types_to_read(RelationGetDescr(relation), attributes);
	Sampled sampled{relation, pg::call([&] {
		                return executor::make_decoder(RelationGetDescr(relation), attributes,
		                                              !types.empty());
	                })};
	MemoryContext memory = pg::call([&] {
		return AllocSetContextCreate(CurrentMemoryContext, "data link row", ALLOCSET_DEFAULT_SIZES);
	});
	executor::Scan scan =
	    scan_of(relation, query_for(relation, attributes, share), types, executor::Way::cursor);
	Reservoir reservoir(rows, wanted);
	for (scan.open({}); scan.next();)
	{
		const int place = pg::call([&] { return reservoir.place_of_next(); });
		if (place < 0)
			continue;
		MemoryContextReset(memory);
		rows[place] = pg::call([&] { return sampled_row(sampled, scan, memory); });
	}
	scan.finish();
	*total = std::floor(reservoir.seen() / share + 0.5);
	return reservoir.kept();
}

int acquire_sample_rows(Relation relation, int, HeapTuple* rows, int wanted, double* total,
                        double* dead)
{
	*dead = 0;
	return watched(watch_of(RelationGetRelid(relation)), [&] {
		return pg::entry([&] { return sample(relation, rows, wanted, total); });
	});
}

} // namespace

bool analyze_foreign_table(Relation relation, AcquireSampleRowsFunc* function, BlockNumber* pages)
{
	*function = acquire_sample_rows;
	*pages = watched(watch_of(RelationGetRelid(relation)), [&] {
		return pg::entry([&] { return static_cast<BlockNumber>(remote_size(relation).pages); });
	});
	return true;
}

} // namespace datalinks::fdw
