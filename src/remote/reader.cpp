/*
 * The reader of a remote's catalogs: see reader.hpp.
 */
#include "remote/reader.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "postgres/guard.hpp"
#include "remote/type_reader.hpp"
#include "remote/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::remote
{

namespace
{

namespace sqlstate = pg::sqlstate;
using schema::compose;

/* What is asked of a relation c, its column a and its schema n. */
#define RELATION_COLUMNS                                                                           \
	"SELECT c.relname, c.relkind,"                                                                 \
	" c.relhassubclass AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid),"          \
	" a.attname, a.atttypid, a.atttypmod, a.attnotnull AND NOT %2%, a.attidentity = 'a' OR %1%,"   \
	" a.attcollation, c.readable OR"                                                               \
	"  a.attacl IS NOT NULL AND has_column_privilege(c.oid, a.attnum, 'SELECT') IS NOT FALSE,"     \
	" CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN current_user END,"                   \
	" array_position(c.key, a.attnum)"

#define PRIMARY_KEY                                                                                \
	"CASE WHEN c.relhasindex THEN (SELECT k.conkey FROM pg_constraint k"                           \
	" WHERE k.conrelid = c.oid AND k.contype = 'p') END AS key"

#define ATTRIBUTES                                                                                 \
	" LEFT JOIN LATERAL (SELECT * FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0"   \
	"  AND NOT a.attisdropped OFFSET 0) a ON true"

/*
 * One row a column; one without a column for a relation that has none; one without a relation for
 * a schema that is empty; no row where there is no such schema. %1% is the expression for a
 * generated column, which came with 12; %2% for what has NOT NULL, but not for all its rows: a
 * constraint that is NOT VALID, which came with 18; %3% the selection. Numbers are sorted faster
 * than names. OFFSET 0 keeps a table's privileges from being looked up once a column (few columns
 * have some of their own), and the columns of all other schemas from being read, too.
 */
#define RELATIONS_QUERY                                                                            \
	RELATION_COLUMNS                                                                               \
	" FROM pg_namespace n"                                                                         \
	" LEFT JOIN LATERAL (SELECT c.oid, c.relname, c.relkind, c.relhassubclass,"                    \
	"   has_table_privilege(c.oid, 'SELECT') IS NOT FALSE AS readable,"                            \
	"   " PRIMARY_KEY                                                                              \
	"  FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r','p','v','m','f')"        \
	"   AND %3% OFFSET 0) c ON true" ATTRIBUTES " WHERE n.nspname = $1 ORDER BY c.oid, a.attnum"

/*
 * The same of all schemas, with the schema's name as the last column. The relations are read once
 * for all of them.
 */
#define ALL_RELATIONS_QUERY                                                                        \
	RELATION_COLUMNS ", n.nspname"                                                                 \
	                 " FROM pg_namespace n"                                                        \
	                 " LEFT JOIN (SELECT c.oid, c.relname, c.relkind, c.relhassubclass,"           \
	                 "   c.relnamespace, has_table_privilege(c.oid, 'SELECT') IS NOT FALSE"        \
	                 "    AS readable, " PRIMARY_KEY                                               \
	                 "  FROM pg_class c JOIN (SELECT oid, nspname FROM pg_namespace"               \
	                 "    WHERE " IS_NO_SYSTEM_SCHEMA                                              \
	                 "    AND (has_schema_privilege(oid, 'USAGE')"                                 \
	                 "     OR nspname::text IN (SELECT unnest($1::text[]))) OFFSET 0) n"           \
	                 "   ON n.oid = c.relnamespace"                                                \
	                 "  WHERE c.relkind IN ('r','p','v','m','f') AND (%3%) OFFSET 0) c"            \
	                 "  ON c.relnamespace = n.oid" ATTRIBUTES " WHERE n." IS_NO_SYSTEM_SCHEMA      \
	                 " ORDER BY c.oid, a.attnum"

#define IS_NO_SYSTEM_SCHEMA "nspname !~ '^pg_|^information_schema$'"

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
	readable,
	role_without_usage,
	key_position,
	relations_columns,
	schema_name = relations_columns, /* of ALL_RELATIONS_QUERY */
	all_relations_columns
};

constexpr const char* not_null_for_some =
    "EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n'"
    " AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum])";

Column column_of(const std::vector<Value>& row)
{
	Column column;
	column.name = required(row[column_name]);
	column.use.type = number<unsigned>(row[column_type]);
	column.use.typmod = number<int>(row[typmod]);
	column.use.collation = number<unsigned>(row[column_collation]);
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

/* The names of the list that are no relation's, and no schema's. Both may be long. */
std::vector<std::string> unknown_names(const std::vector<std::string>& names,
                                       const Contents& contents, const Selection& selection)
{
	std::unordered_set<std::string> known;
	for (const Relation& relation : contents.relations)
	{
		known.insert(relation.name);
		if (selection.all())
			known.insert(listed_name(relation));
	}
	for (const RemoteSchema& schema : contents.schemas)
		known.insert(schema.name + ".*");
	std::vector<std::string> unknown;
	for (const std::string& name : names)
		if (!known.contains(name))
			unknown.push_back(schema::quote_identifier(name));
	return unknown;
}

void require_known(const std::vector<std::string>& names, const Contents& contents,
                   const Selection& selection, const char* argument)
{
	const auto unknown = unknown_names(names, contents, selection);
	if (!unknown.empty())
		throw pg::Failure(sqlstate::undefined_table,
		                  compose("%1% names tables that the remote does not have", argument))
		    .detail(selection.all()
		                ? compose("There is no %1% on the remote.", schema::join(unknown, ", "))
		                : compose("There is no %1% in the remote schema \"%2%\".",
		                          schema::join(unknown, ", "), selection.schema));
}

Relations relations_in(const Rows& rows, const Selection& selection)
{
	Relations relations;
	for (const auto& row : rows)
	{
		if (!row[relation_name])
			continue;
		const std::string schema = selection.all() ? required(row[schema_name]) : std::string();
		if (relations.empty() || relations.back().name != *row[relation_name] ||
		    relations.back().schema != schema)
		{
			Relation& relation = relations.emplace_back();
			relation.name = *row[relation_name];
			relation.kind = kind_of(row);
			relation.readable = false;
			relation.schema = schema;
		}
		relations.back().readable = boolean(row[readable]) || relations.back().readable;
		if (!row[column_name])
			continue;
		relations.back().columns.push_back(column_of(row));
		if (row[key_position])
			relations.back().key.emplace(number<int>(row[key_position]), *row[column_name]);
	}
	std::sort(relations.begin(), relations.end(), [](const Relation& a, const Relation& b) {
		return std::tie(a.schema, a.name) < std::tie(b.schema, b.name);
	});
	return relations;
}

/* Every schema of the answer, ordered. */
std::vector<RemoteSchema> schemas_in(const Rows& rows)
{
	std::map<std::string, bool> usable;
	for (const auto& row : rows)
		usable.emplace(required(row[schema_name]), !row[role_without_usage]);
	std::vector<RemoteSchema> schemas;
	for (const auto& [name, is_usable] : usable)
		schemas.push_back({name, is_usable});
	return schemas;
}

/* Takes out what is excepted, and schemas of which nothing is selected. */
void leave_out(Contents& contents, const Selection& selection)
{
	const NameList except(selection, selection.except), only(selection, selection.only);
	std::erase_if(contents.relations, [&](const Relation& relation) {
		return except.holds_relation(relation.schema, relation.name);
	});
	std::set<std::string> selected;
	for (const Relation& relation : contents.relations)
		selected.insert(relation.schema);
	std::erase_if(contents.schemas, [&](const RemoteSchema& schema) {
		return except.holds_schema(schema.name) ||
		       (!selection.only.empty() && !only.holds_schema(schema.name) &&
		        !selected.contains(schema.name));
	});
}

[[noreturn]] void fail_incomplete()
{
	throw pg::Failure(sqlstate::protocol_violation,
	                  "the remote's answer lacks a type or collation that its columns have");
}

/* Thousands of columns share a few types and collations: these are asked for once each. */
schema::TypeCatalog types_of(const Relations& relations, Session& session)
{
	const Query query = [&](const std::string& sql, const std::vector<std::string>& parameters,
	                        int columns) { return session.query(sql, parameters, columns); };
	std::set<unsigned> types;
	for (const Relation& relation : relations)
		for (const Column& column : relation.columns)
			types.insert(column.use.type);
	schema::TypeCatalog catalog;
	read_types(query, session.version(), types, catalog);

	std::set<unsigned> collations;
	for (const Relation& relation : relations)
		for (const Column& column : relation.columns)
		{
			const schema::BaseUse base = schema::base_of(catalog, column.use);
			if (base.type == nullptr)
				fail_incomplete();
			if (base.collation != 0)
				collations.insert(base.collation);
		}
	read_collations(query, collations, catalog);
	for (const unsigned collation : collations)
		if (!catalog.collations.contains(collation))
			fail_incomplete();
	return catalog;
}

} // namespace

std::string listed_name(const Relation& relation)
{
	return relation.schema.empty() ? relation.name : relation.schema + "." + relation.name;
}

namespace
{

Rows read_rows(Session& session, const Selection& selection, const std::function<void()>& meanwhile)
{
	const int version = session.version();
	const char* generated = version >= 120000 ? "a.attgenerated <> ''" : "false";
	const char* for_some = version >= 180000 ? not_null_for_some : "false";
	const std::string selected = is_among_only(selection, "$2");
	const std::string only = schema::array_literal(selection.only);
	if (selection.all())
		return session.query(compose(ALL_RELATIONS_QUERY, generated, for_some, selected),
		                     {schema::array_literal(selection.linked), only}, all_relations_columns,
		                     meanwhile);
	Rows rows = session.query(compose(RELATIONS_QUERY, generated, for_some, selected),
	                          {selection.schema, only}, relations_columns, meanwhile);
	if (rows.empty())
		throw pg::Failure(sqlstate::fdw_schema_not_found,
		                  compose("schema \"%1%\" does not exist on the remote", selection.schema))
		    .hint("Name the remote's schema with remote_schema => 'name'.");
	return rows;
}

} // namespace

Contents read_contents(Session& session, const Selection& selection,
                       const std::function<void()>& meanwhile)
{
	const Rows rows = read_rows(session, selection, meanwhile);
	Contents contents;
	for (const auto& row : rows)
		if (contents.role_without_usage.empty())
			contents.role_without_usage = row[role_without_usage].value_or("");
	if (selection.all())
		contents.schemas = schemas_in(rows);
	contents.relations = relations_in(rows, selection);
	if (selection.names_must_exist)
	{
		require_known(selection.only, contents, selection, "only_tables");
		require_known(selection.except, contents, selection, "except_tables");
	}
	leave_out(contents, selection);
	contents.types = types_of(contents.relations, session);
	return contents;
}

} // namespace datalinks::remote
