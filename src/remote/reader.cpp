/*
 * The reader of a remote's catalogs: see reader.hpp.
 */
#include "remote/reader.hpp"

#include <algorithm>

#include "postgres/guard.hpp"
#include "remote/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::remote
{

namespace
{

namespace sqlstate = pg::sqlstate;
using schema::format;

/*
 * One row a column; one without a column for a relation that has none; one without a relation for
 * a schema that is empty; no row where there is no such schema. %1% is the expression for a
 * generated column, which came with 12. A typarray has no index: hence a join by hash, not
 * look-ups.
 */
#define RELATIONS_QUERY                                                                            \
	"SELECT c.relname, c.relkind,"                                                                 \
	" c.relhassubclass AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid),"          \
	" a.attname, a.atttypmod, a.attnotnull,"                                                       \
	" a.attidentity = 'a' OR %1%,"                                                                 \
	" base.oid, basens.nspname, base.typname, x.extname, element.oid IS NOT NULL,"                 \
	" collns.nspname, coll.collname,"                                                              \
	" CASE base.typtype WHEN 'e' THEN (SELECT array_agg(e.enumlabel::text"                         \
	"  ORDER BY e.enumsortorder)::text FROM pg_enum e WHERE e.enumtypid = base.oid) END"           \
	" FROM pg_namespace n"                                                                         \
	" LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r','p','v','m','f')"       \
	"  AND CASE WHEN $2::text[] = '{}' THEN NOT c.relispartition"                                  \
	"   ELSE c.relname = ANY ($2::text[]) END"                                                     \
	" LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"      \
	" LEFT JOIN pg_type t ON t.oid = a.atttypid"                                                   \
	" LEFT JOIN pg_type element ON element.typarray = t.oid AND t.typelem = element.oid"           \
	" LEFT JOIN pg_type base ON base.oid = coalesce(element.oid, t.oid)"                           \
	" LEFT JOIN pg_namespace basens ON basens.oid = base.typnamespace"                             \
	" LEFT JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = base.oid"             \
	"  AND d.objsubid = 0 AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass"         \
	" LEFT JOIN pg_extension x ON x.oid = d.refobjid"                                              \
	" LEFT JOIN pg_collation coll ON coll.oid = a.attcollation"                                    \
	"  AND a.attcollation <> t.typcollation"                                                       \
	" LEFT JOIN pg_namespace collns ON collns.oid = coll.collnamespace"                            \
	" WHERE n.nspname = $1 ORDER BY c.relname, a.attnum"

/* The columns of RELATIONS_QUERY. */
enum RelationsColumn
{
	relation_name,
	relation_kind,
	has_children,
	column_name,
	typmod,
	not_null,
	computed,
	type_oid,
	type_schema,
	type_name,
	type_extension,
	is_array,
	collation_schema,
	collation_name,
	enum_labels,
	relations_columns
};

Column column_of(const std::vector<Value>& row)
{
	Column column;
	column.name = required(row[column_name]);
	column.type.oid = number<unsigned>(row[type_oid]);
	column.type.schema = required(row[type_schema]);
	column.type.name = required(row[type_name]);
	column.type.extension = row[type_extension].value_or("");
	column.type.array = boolean(row[is_array]);
	column.type.typmod = number<int>(row[typmod]);
	column.type.labels = row[enum_labels].value_or("");
	column.collation_schema = row[collation_schema].value_or("");
	column.collation = row[collation_name].value_or("");
	column.not_null = boolean(row[not_null]);
	column.computed = boolean(row[computed]);
	return column;
}

/* What kind of relation it is, where that matters: an ordinary table has no word. */
std::string kind_of(const std::vector<Value>& row)
{
	const std::string& kind = required(row[relation_kind]);
	if (kind == "r")
		return boolean(row[has_children]) ? "inheritance parent" : "";
	if (kind == "p")
		return "partitioned table";
	if (kind == "v")
		return "view";
	if (kind == "m")
		return "materialized view";
	if (kind == "f")
		return "foreign table";
	throw pg::Failure(sqlstate::protocol_violation,
	                  "the remote's answer holds a kind of relation that was not asked for");
}

/* The names of the list that are no relation's. */
std::vector<std::string> unknown_names(const std::vector<std::string>& names,
                                       const Relations& relations)
{
	std::vector<std::string> unknown;
	for (const std::string& name : names)
		if (std::none_of(relations.begin(), relations.end(),
		                 [&](const Relation& relation) { return relation.name == name; }))
			unknown.push_back(schema::quote_identifier(name));
	return unknown;
}

void require_known(const std::vector<std::string>& names, const Relations& relations,
                   const Selection& selection, const char* argument)
{
	const auto unknown = unknown_names(names, relations);
	if (!unknown.empty())
		throw pg::Failure(sqlstate::undefined_table,
		                  format("%1% names tables that the remote does not have", argument))
		    .detail(format("There is no %1% in the remote schema \"%2%\".",
		                   schema::join(unknown, ", "), selection.schema));
}

} // namespace

Relations read_relations(Session& session, const Selection& selection)
{
	const bool has_generated = session.version() >= 120000;
	const auto rows =
	    session.query(format(RELATIONS_QUERY, has_generated ? "a.attgenerated <> ''" : "false"),
	                  {selection.schema, schema::array_literal(selection.only)}, relations_columns);
	if (rows.empty())
		throw pg::Failure(sqlstate::fdw_schema_not_found,
		                  format("schema \"%1%\" does not exist on the remote", selection.schema))
		    .hint("Name the remote's schema with remote_schema => 'name'.");

	Relations relations;
	for (const auto& row : rows)
	{
		if (!row[relation_name])
			continue;
		if (relations.empty() || relations.back().name != *row[relation_name])
			relations.push_back({*row[relation_name], kind_of(row), {}});
		if (row[column_name])
			relations.back().columns.push_back(column_of(row));
	}
	if (selection.names_must_exist)
	{
		require_known(selection.only, relations, selection, "only_tables");
		require_known(selection.except, relations, selection, "except_tables");
	}
	std::erase_if(relations, [&](const Relation& relation) {
		return std::find(selection.except.begin(), selection.except.end(), relation.name) !=
		       selection.except.end();
	});
	return relations;
}

} // namespace datalinks::remote
