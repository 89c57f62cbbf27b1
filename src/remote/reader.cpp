/*
 * The reader of a remote's catalogs: see reader.hpp.
 */
#include "remote/reader.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "postgres/guard.hpp"
#include "remote/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::remote
{

namespace
{

namespace sqlstate = pg::sqlstate;
using schema::compose;

/*
 * One row a column; one without a column for a relation that has none; one without a relation for
 * a schema that is empty; no row where there is no such schema. %1% is the expression for a
 * generated column, which came with 12. Thousands of columns share a few types and collations:
 * these are asked for once each, by queries of their own. Numbers are sorted faster than names.
 */
#define RELATIONS_QUERY                                                                            \
	"SELECT c.relname, c.relkind,"                                                                 \
	" c.relhassubclass AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid),"          \
	" a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attidentity = 'a' OR %1%,"               \
	" a.attcollation"                                                                              \
	" FROM pg_namespace n"                                                                         \
	" LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r','p','v','m','f')"       \
	"  AND CASE WHEN $2::text[] = '{}' THEN NOT c.relispartition"                                  \
	"   ELSE c.relname = ANY ($2::text[]) END"                                                     \
	" LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"      \
	" WHERE n.nspname = $1 ORDER BY c.oid, a.attnum"

/* The columns of RELATIONS_QUERY. */
enum RelationsColumn
{
	relation_name,
	relation_kind,
	has_children,
	column_name,
	column_type,
	typmod,
	not_null,
	computed,
	column_collation,
	relations_columns
};

constexpr const char* types_query =
    "SELECT t.oid, t.typcollation, base.oid, basens.nspname, base.typname, x.extname,"
    " element.oid IS NOT NULL,"
    " CASE base.typtype WHEN 'e' THEN (SELECT array_agg(e.enumlabel::text"
    "  ORDER BY e.enumsortorder)::text FROM pg_enum e WHERE e.enumtypid = base.oid) END"
    " FROM pg_type t"
    " LEFT JOIN pg_type element ON element.oid = t.typelem AND element.typarray = t.oid"
    " JOIN pg_type base ON base.oid = coalesce(element.oid, t.oid)"
    " LEFT JOIN pg_namespace basens ON basens.oid = base.typnamespace"
    " LEFT JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = base.oid"
    "  AND d.objsubid = 0 AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass"
    " LEFT JOIN pg_extension x ON x.oid = d.refobjid"
    " WHERE t.oid = ANY ($1::oid[])";

/* The columns of types_query. */
enum TypesColumn
{
	type_key,
	type_collation,
	type_oid,
	type_schema,
	type_name,
	type_extension,
	is_array,
	enum_labels,
	types_columns
};

constexpr const char* collations_query =
    "SELECT coll.oid, n.nspname, coll.collname FROM pg_collation coll"
    " JOIN pg_namespace n ON n.oid = coll.collnamespace WHERE coll.oid = ANY ($1::oid[])";

/* The columns of collations_query. */
enum CollationsColumn
{
	collation_key,
	collation_schema,
	collation_name,
	collations_columns
};

/* What the columns name by number, as the remote wrote the number. */
class Named
{
public:
	void read(Session& session, const Rows& columns);
	Column column_of(const std::vector<Value>& row) const;

private:
	struct OwnType
	{
		Type type;
		std::string collation;
	};
	struct Collation
	{
		std::string schema;
		std::string name;
	};

	void read_types(Session& session, const std::set<std::string>& wanted);
	void read_collations(Session& session, const std::set<std::string>& wanted);
	const OwnType& type_of(const std::vector<Value>& row) const;

	std::unordered_map<std::string, OwnType> types_;
	std::unordered_map<std::string, Collation> collations_;
};

/* The entry that the remote owes us, because its own columns name it. */
template <typename Entry>
const Entry& owed(const std::unordered_map<std::string, Entry>& entries, const Value& key)
{
	const auto found = entries.find(required(key));
	if (found == entries.end())
		throw pg::Failure(sqlstate::protocol_violation,
		                  "the remote's answer lacks a type or collation that its columns have");
	return found->second;
}

std::string oid_list(const std::set<std::string>& oids)
{
	return schema::array_literal({oids.begin(), oids.end()});
}

void Named::read(Session& session, const Rows& columns)
{
	std::set<std::string> types;
	for (const auto& row : columns)
		if (row[column_name])
			types.insert(required(row[column_type]));
	if (!types.empty())
		read_types(session, types);

	std::set<std::string> collations;
	for (const auto& row : columns)
		if (row[column_name] && required(row[column_collation]) != "0" &&
		    *row[column_collation] != type_of(row).collation)
			collations.insert(*row[column_collation]);
	if (!collations.empty())
		read_collations(session, collations);
}

void Named::read_types(Session& session, const std::set<std::string>& wanted)
{
	for (const auto& row : session.query(types_query, {oid_list(wanted)}, types_columns))
		types_.insert({required(row[type_key]),
		               {{number<unsigned>(row[type_oid]), required(row[type_schema]),
		                 required(row[type_name]), row[type_extension].value_or(""),
		                 boolean(row[is_array]), -1, row[enum_labels].value_or("")},
		                required(row[type_collation])}});
}

void Named::read_collations(Session& session, const std::set<std::string>& wanted)
{
	for (const auto& row : session.query(collations_query, {oid_list(wanted)}, collations_columns))
		collations_.insert({required(row[collation_key]),
		                    {required(row[collation_schema]), required(row[collation_name])}});
}

const Named::OwnType& Named::type_of(const std::vector<Value>& row) const
{
	return owed(types_, row[column_type]);
}

Column Named::column_of(const std::vector<Value>& row) const
{
	const OwnType& own = type_of(row);
	Column column;
	column.name = required(row[column_name]);
	column.type = own.type;
	column.type.typmod = number<int>(row[typmod]);
	if (required(row[column_collation]) != "0" && *row[column_collation] != own.collation)
	{
		const Collation& collation = owed(collations_, row[column_collation]);
		column.collation_schema = collation.schema;
		column.collation = collation.name;
	}
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
		                  compose("%1% names tables that the remote does not have", argument))
		    .detail(compose("There is no %1% in the remote schema \"%2%\".",
		                    schema::join(unknown, ", "), selection.schema));
}

} // namespace

Relations read_relations(Session& session, const Selection& selection)
{
	const bool has_generated = session.version() >= 120000;
	const auto rows =
	    session.query(compose(RELATIONS_QUERY, has_generated ? "a.attgenerated <> ''" : "false"),
	                  {selection.schema, schema::array_literal(selection.only)}, relations_columns);
	if (rows.empty())
		throw pg::Failure(sqlstate::fdw_schema_not_found,
		                  compose("schema \"%1%\" does not exist on the remote", selection.schema))
		    .hint("Name the remote's schema with remote_schema => 'name'.");

	Named named;
	named.read(session, rows);
	Relations relations;
	for (const auto& row : rows)
	{
		if (!row[relation_name])
			continue;
		if (relations.empty() || relations.back().name != *row[relation_name])
			relations.push_back({*row[relation_name], kind_of(row), {}});
		if (row[column_name])
			relations.back().columns.push_back(named.column_of(row));
	}
	std::sort(relations.begin(), relations.end(),
	          [](const Relation& a, const Relation& b) { return a.name < b.name; });
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
