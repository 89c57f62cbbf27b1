/*
 * What was built on a link's tables: see dependents.hpp.
 */
#include "link/dependents.hpp"

#include "postgres/spi.hpp"

namespace datalinks::link
{

/*
 * The walk of findDependentObjects (the server's dependency.c): from an object to those that
 * depend on it, and from an internal part (a view's rule, a row type) to the whole it belongs to.
 * Shown are only wholes: what is an automatic or internal part of another object that goes is left
 * out, as are the link's own server, schema, mappings and tables.
 */
std::vector<std::string> dependents_outside(const Link& link)
{
	static const char* const query =
	    "WITH RECURSIVE gone(classid, objid, objsubid) AS ("
	    " SELECT * FROM (VALUES"
	    "  ('pg_catalog.pg_foreign_server'::regclass::oid, $1::oid, 0),"
	    "  ('pg_catalog.pg_namespace'::regclass::oid, $2::oid, 0)) link(c, o, s) WHERE o <> 0"
	    " UNION"
	    " SELECT next.* FROM gone, LATERAL ("
	    "  SELECT d.classid, d.objid, d.objsubid FROM pg_catalog.pg_depend d"
	    "   WHERE d.refclassid = gone.classid AND d.refobjid = gone.objid"
	    "   AND (gone.objsubid = 0 OR d.refobjsubid = gone.objsubid)"
	    "  UNION ALL"
	    "  SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_catalog.pg_depend d"
	    "   WHERE d.classid = gone.classid AND d.objid = gone.objid AND d.deptype = 'i') next)"
	    " SELECT DISTINCT i.type || ' ' || i.identity"
	    " FROM gone, LATERAL pg_catalog.pg_identify_object(classid, objid, objsubid) i"
	    " WHERE gone.classid NOT IN ('pg_catalog.pg_foreign_server'::regclass,"
	    "  'pg_catalog.pg_namespace'::regclass, 'pg_catalog.pg_user_mapping'::regclass)"
	    " AND i.schema IS DISTINCT FROM $3"
	    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN gone whole"
	    "  ON whole.classid = d.refclassid AND whole.objid = d.refobjid"
	    "  AND whole.objsubid IN (0, d.refobjsubid)"
	    "  WHERE d.classid = gone.classid AND d.objid = gone.objid"
	    "  AND gone.objsubid = 0 AND d.deptype IN ('i', 'a', 'P', 'S'))"
	    " ORDER BY 1";
	std::vector<std::string> described;
	for (const auto& row : spi::query(
	         query, {std::to_string(link.server), std::to_string(own_schema_of(link)), link.name}))
		if (row[0])
			described.push_back(*row[0]);
	return described;
}

} // namespace datalinks::link
