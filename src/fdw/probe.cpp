/*
 * Whether COPY means the same as INSERT: see probe.hpp.
 */
#include <string>
#include <vector>

#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "executor/decoder.hpp"
#include "fdw/probe.hpp"
#include "fdw/remote_names.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;
using schema::join;

/* attgenerated is there since 12, and a remote may be older. */
constexpr char probe[] =
    "SELECT c.relkind IN ('r', 'p') AND NOT c.relhasrules"
    " AND NOT pg_catalog.row_security_active(c.oid)"
    " AND NOT EXISTS (SELECT FROM pg_catalog.unnest(ARRAY[%2%]) n (name)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname::text = n.name"
    " WHERE a.attidentity = 'a'"
    " OR coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> ''),"
    " (SELECT pg_catalog.array_agg(a.atttypid ORDER BY n.place)"
    " FROM pg_catalog.unnest(ARRAY[%2%]) WITH ORDINALITY n (name, place)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname::text = n.name)"
    " FROM pg_catalog.pg_class c WHERE c.oid = %1%::pg_catalog.regclass";

} // namespace

executor::CopyPlan copy_plan(Relation relation, const List* attributes)
{
	const Oid table = RelationGetRelid(relation);
	std::vector<std::string> columns, names;
	const ListCell* cell;
	foreach (cell, attributes)
	{
		const auto number = static_cast<AttrNumber>(lfirst_int(cell));
		columns.emplace_back(pg::call([&] { return remote_column(table, number); }));
		names.emplace_back(
		    pg::call([&] { return quote_literal_cstr(remote_column_name(table, number)); }));
		names.back() += "::text";
	}
	const std::string name = pg::call([&] { return remote_table(table); });
	const std::string literal = pg::call([&] { return quote_literal_cstr(name.c_str()); });
	executor::CopyPlan plan;
	plan.probe = compose(probe, literal, join(names, ", "));
	plan.copy = compose("COPY %1% (%2%) FROM STDIN", name, join(columns, ", "));
	plan.types = executor::binary_types(RelationGetDescr(relation), attributes);
	return plan;
}

} // namespace datalinks::fdw
