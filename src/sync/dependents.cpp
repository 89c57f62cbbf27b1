/*
 * What was built on a link's tables: see dependents.hpp.
 */
#include "sync/dependents.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "link/schemas.hpp"
#include "postgres/object_locks.hpp"
#include "postgres/schemas.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;

/*
 * The walk of findDependentObjects (the server's dependency.c), from $1, $2, $3 (catalog, object,
 * column; 0: none) and the schemas $4 (an array of OIDs): from an object to those that depend on
 * it, and from an internal part (a view's rule, a row type) to the whole it belongs to.
 */
#define WALK                                                                                       \
	"WITH RECURSIVE gone(classid, objid, objsubid) AS ("                                           \
	" SELECT $1::regclass::oid, $2::oid, $3::int4 WHERE $2::oid <> 0"                              \
	" UNION SELECT 'pg_catalog.pg_namespace'::regclass::oid, pg_catalog.unnest($4::oid[]), 0"      \
	" UNION"                                                                                       \
	" SELECT next.* FROM gone, LATERAL ("                                                          \
	"  SELECT d.classid, d.objid, d.objsubid FROM pg_catalog.pg_depend d"                          \
	"   WHERE d.refclassid = gone.classid AND d.refobjid = gone.objid"                             \
	"   AND (gone.objsubid = 0 OR d.refobjsubid = gone.objsubid)"                                  \
	"  UNION ALL"                                                                                  \
	"  SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_catalog.pg_depend d"                 \
	"   WHERE d.classid = gone.classid AND d.objid = gone.objid AND d.deptype = 'i'"               \
	"   AND (gone.objsubid = 0 OR d.objsubid = gone.objsubid)) next)"

/* Not an automatic or internal part of another object that goes. */
#define IS_WHOLE                                                                                   \
	"NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"                                               \
	"  JOIN gone whole ON whole.classid = d.refclassid AND whole.objid = d.refobjid"               \
	"   AND whole.objsubid IN (0, d.refobjsubid)"                                                  \
	"  WHERE d.classid = part.classid AND d.objid = part.objid AND part.objsubid = 0"              \
	"   AND d.deptype IN ('i', 'a', 'P', 'S'))"

unsigned oid_in(const pg::Row& row, size_t column)
{
	return row.size() > column ? static_cast<unsigned>(std::stoul(*row[column])) : 0;
}

/* Rows of type, identity and, where they are wanted, the OIDs of catalog and object. */
Dependents dependents_in(const pg::Rows& rows)
{
	Dependents dependents;
	for (const auto& row : rows)
		if (row[0] && row[1])
			dependents.push_back({*row[0], *row[1], oid_in(row, 2), oid_in(row, 3)});
	return dependents;
}

/* The walk's origin: the server alone. */
std::vector<pg::Value> from_server(const Link& link)
{
	return {"pg_catalog.pg_foreign_server", std::to_string(link.server), "0", "{}"};
}

} // namespace

namespace
{

/* What goes with the server (0: stays) and the schemas, and stands outside of these. */
Dependents outside(unsigned server, const std::vector<unsigned>& schemas)
{
	/* Names are costly: the link's own tables and their types must not get one. */
	static const char* const query =
	    WALK ", outside AS MATERIALIZED (SELECT * FROM gone"
	         " WHERE classid NOT IN ('pg_catalog.pg_foreign_server'::regclass,"
	         "  'pg_catalog.pg_namespace'::regclass, 'pg_catalog.pg_user_mapping'::regclass)"
	         " AND (CASE classid"
	         "  WHEN 'pg_catalog.pg_class'::regclass"
	         "   THEN (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = objid)"
	         "  WHEN 'pg_catalog.pg_type'::regclass"
	         "   THEN (SELECT typnamespace FROM pg_catalog.pg_type WHERE oid = objid)"
	         "  END = ANY ($4::oid[])) IS NOT TRUE)"
	         " SELECT DISTINCT i.type, i.identity, classid::oid, objid FROM outside part,"
	         " LATERAL pg_catalog.pg_identify_object(classid, objid, objsubid) i"
	         " WHERE (i.schema = ANY (SELECT pg_catalog.quote_ident(nspname)"
	         "  FROM pg_catalog.pg_namespace WHERE oid = ANY ($4::oid[]))) IS NOT TRUE"
	         " AND " IS_WHOLE " ORDER BY 1, 2";
	return dependents_in(
	    spi::query_now(query, {"pg_catalog.pg_foreign_server", std::to_string(server), "0",
	                           link::oid_array(schemas)}));
}

/*
 * What stands in the schemas, and is neither a table of the server's nor a part of one. Where a
 * remote schema is named (else empty), tables of others are not the link's.
 */
Dependents local_objects(unsigned server, const std::vector<unsigned>& schemas,
                         const std::string& remote_schema)
{
	static const char* const query =
	    "SELECT i.type, i.identity, d.classid, d.objid FROM pg_catalog.pg_depend d,"
	    " LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) i"
	    " WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = ANY ($1::oid[])"
	    " AND d.deptype = 'n'"
	    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_foreign_table t WHERE t.ftrelid = d.objid"
	    "  AND t.ftserver = $2::oid AND d.classid = 'pg_catalog.pg_class'::regclass"
	    "  AND ($3 = '' OR EXISTS (SELECT FROM pg_catalog.pg_options_to_table(t.ftoptions)"
	    "   WHERE option_name = 'schema_name' AND option_value = $3)))"
	    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend part WHERE part.classid = d.classid"
	    "  AND part.objid = d.objid AND part.objsubid = 0 AND part.deptype IN ('i', 'a', 'P', 'S'))"
	    " ORDER BY 1, 2";
	return dependents_in(
	    spi::query_now(query, {link::oid_array(schemas), std::to_string(server), remote_schema}));
}

} // namespace

Dependents dependents_outside(const Link& link)
{
	return outside(link.server, link::own_schemas(link));
}

Dependents dependents_outside(unsigned server, unsigned schema)
{
	return outside(server, {schema});
}

Dependents local_objects_in(const Link& link)
{
	return local_objects(link.server, link::own_schemas(link), "");
}

Dependents dependents_of_schema(const std::string& schema, const std::string& remote_schema,
                                const Link& link)
{
	const std::vector<unsigned> schemas{pg::find_schema(schema)};
	Dependents dependents = outside(0, schemas);
	const Dependents local = local_objects(link.server, schemas, remote_schema);
	dependents.insert(dependents.end(), local.begin(), local.end());
	return dependents;
}

Dependents local_objects_in(unsigned schema, const std::vector<std::string>& views)
{
	static const char* const query =
	    "SELECT i.type, i.identity, d.classid, d.objid FROM pg_catalog.pg_depend d,"
	    " LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) i"
	    " WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = $1::oid"
	    " AND d.deptype = 'n'"
	    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = d.objid"
	    "  AND d.classid = 'pg_catalog.pg_class'::regclass AND c.relkind = 'v'"
	    "  AND c.relname = ANY ($2::pg_catalog.text[]))"
	    " ORDER BY 1, 2";
	return dependents_in(
	    spi::query_now(query, {std::to_string(schema), schema::array_literal(views)}));
}

Dependents dependents_of_drop(const Link& link)
{
	Dependents dependents = dependents_outside(link);
	const Dependents local = local_objects_in(link);
	dependents.insert(dependents.end(), local.begin(), local.end());
	return dependents;
}

Dependents dependents_of(const std::string& schema, const std::string& table,
                         const std::string& column)
{
	return dependents_of(pg::find_schema(schema), table, column);
}

Dependents dependents_of(unsigned schema, const std::string& table, const std::string& column)
{
	const auto found = spi::query_now(
	    "SELECT c.oid, coalesce(a.attnum, 0) FROM pg_catalog.pg_class c"
	    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = $3"
	    " WHERE c.relnamespace = $1::oid AND c.relname = $2",
	    {std::to_string(schema), table, column});
	if (found.empty())
		return {};
	/* A constraint on a column is an automatic part of it; to its maker it is not. */
	static const char* const query =
	    WALK " SELECT DISTINCT i.type, i.identity, classid::oid, objid FROM gone part,"
	         " LATERAL pg_catalog.pg_identify_object(classid, objid, objsubid) i"
	         " WHERE NOT (classid = 'pg_catalog.pg_class'::regclass AND objid = $2::oid"
	         "  AND ($3::int4 = 0 OR objsubid IN (0, $3::int4)))"
	         " AND (" IS_WHOLE " OR $3::int4 <> 0"
	         "  AND classid = 'pg_catalog.pg_constraint'::regclass AND EXISTS (SELECT"
	         "   FROM pg_catalog.pg_constraint c WHERE c.oid = objid AND c.contype = 'c'))"
	         " ORDER BY 1, 2";
	return dependents_in(
	    spi::query_now(query, {"pg_catalog.pg_class", *found[0][0], *found[0][1], "{}"}));
}

Dependents built_on(const Link& link)
{
	/*
	 * Names are costly: the link's own tables and their types must not get one. Counted, so that
	 * the planner looks up a few rows in an index, for each of many links.
	 */
	static const char* const query =
	    WALK ", others AS MATERIALIZED (SELECT * FROM gone"
	         " WHERE classid NOT IN ('pg_catalog.pg_foreign_server'::regclass,"
	         "  'pg_catalog.pg_user_mapping'::regclass)"
	         " AND 0 = (SELECT count(*) FROM pg_catalog.pg_depend d"
	         "  WHERE d.classid = gone.classid AND d.objid = gone.objid AND CASE gone.classid"
	         "   WHEN 'pg_catalog.pg_class'::regclass THEN"
	         "    d.refclassid = 'pg_catalog.pg_foreign_server'::regclass AND d.refobjid = $2::oid"
	         "   WHEN 'pg_catalog.pg_type'::regclass THEN d.deptype = 'i' END))"
	         " SELECT DISTINCT i.type, i.identity FROM (SELECT * FROM others part WHERE " IS_WHOLE
	         "  OFFSET 0) whole, LATERAL pg_catalog.pg_identify_object(classid, objid, objsubid) i"
	         " ORDER BY 1, 2";
	return dependents_in(spi::query_now(query, from_server(link)));
}

long objects_of(const Link& link, long limit)
{
	static const char* const query =
	    WALK " SELECT count(*) FROM (SELECT FROM gone LIMIT $5::int8 + 1) counted";
	auto parameters = from_server(link);
	parameters.emplace_back(std::to_string(limit));
	return std::stol(*spi::query_now(query, parameters)[0][0]);
}

Dependents objects_in(unsigned schema, long limit)
{
	return dependents_in(spi::query_now(
	    "SELECT i.type, i.identity FROM (SELECT classid, objid"
	    "  FROM pg_catalog.pg_depend WHERE refclassid = 'pg_catalog.pg_namespace'::regclass"
	    "  AND refobjid = $1::oid AND deptype = 'n' LIMIT $2::int8) d,"
	    " LATERAL pg_catalog.pg_identify_object(classid, objid, 0) i ORDER BY 1, 2",
	    {std::to_string(schema), std::to_string(limit)}));
}

Dependents locked(const std::function<Dependents()>& find)
{
	std::set<std::pair<unsigned, unsigned>> held;
	for (;;)
	{
		Dependents found = find();
		bool any_new = false;
		for (const Dependent& dependent : found)
			if (held.emplace(dependent.catalog, dependent.object).second)
			{
				pg::lock_for_drop(dependent.catalog, dependent.object);
				any_new = true;
			}
		if (!any_new)
			return found;
	}
}

namespace
{

/* What depends on an attribute itself, and what goes with that. */
Dependents dependents_of_attribute(const std::string& type, const std::string& attribute)
{
	static const char* const query =
	    WALK " SELECT DISTINCT i.type, i.identity FROM gone part,"
	         " LATERAL pg_catalog.pg_identify_object(classid, objid, objsubid) i WHERE " IS_WHOLE
	         " ORDER BY 1, 2";
	Dependents dependents;
	for (const auto& row : spi::query(
	         "SELECT DISTINCT d.classid::regclass, d.objid, d.objsubid FROM pg_catalog.pg_type t"
	         " JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid AND a.attname = $2"
	         " JOIN pg_catalog.pg_depend d ON d.refobjid = a.attrelid"
	         "  AND d.refclassid = 'pg_catalog.pg_class'::regclass"
	         "  AND d.refobjsubid = a.attnum"
	         " WHERE t.oid = $1::pg_catalog.regtype",
	         {type, attribute}))
		for (Dependent& dependent :
		     dependents_in(spi::query(query, {row[0], row[1], row[2], "{}"})))
			dependents.push_back(std::move(dependent));
	return dependents;
}

} // namespace

Dependents dependents_of(const std::string& type, const schema::TypeAlteration& alteration)
{
	Dependents dependents;
	for (const schema::Column& attribute : alteration.dropped)
		for (Dependent& dependent : dependents_of_attribute(type, attribute.name))
			if (std::find(dependents.begin(), dependents.end(), dependent) == dependents.end())
				dependents.push_back(std::move(dependent));
	return dependents;
}

Dependents columns_storing(const std::string& type)
{
	return dependents_in(spi::query(
	    "WITH RECURSIVE used(oid) AS (SELECT $1::pg_catalog.regtype::oid"
	    " UNION SELECT next.oid FROM used, LATERAL ("
	    "  SELECT t.typarray FROM pg_catalog.pg_type t WHERE t.oid = used.oid"
	    "  UNION ALL SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typbasetype = used.oid"
	    "  UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngsubtype = used.oid"
	    "  UNION ALL SELECT c.reltype FROM pg_catalog.pg_attribute a"
	    "   JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind = 'c'"
	    "   WHERE a.atttypid = used.oid AND NOT a.attisdropped) next(oid) WHERE next.oid <> 0)"
	    " SELECT DISTINCT i.type, i.identity FROM used"
	    " JOIN pg_catalog.pg_attribute a ON a.atttypid = used.oid AND a.attnum > 0"
	    "  AND NOT a.attisdropped"
	    " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'm'),"
	    " LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, c.oid,"
	    "  a.attnum) i ORDER BY 1, 2",
	    {type}));
}

std::vector<std::string> texts_of(const Dependents& dependents)
{
	std::vector<std::string> texts;
	texts.reserve(dependents.size());
	for (const Dependent& dependent : dependents)
		texts.push_back(dependent.text());
	return texts;
}

} // namespace datalinks::sync
