/*
 * The reader of a remote's catalogs: every relation of a schema with its columns, in few queries.
 * What it returns is data from a stranger; nothing of it has been resolved or quoted.
 */
#pragma once

#include <string>
#include <vector>

#include "remote/session.hpp"
#include "schema/type_definition.hpp"

namespace datalinks::remote
{

/* A column's type on the remote. For an array, everything but `array` tells of its element. */
struct Type
{
	unsigned oid;
	std::string schema;
	std::string name;
	std::string extension; /* empty: of none */
	bool array;
	int typmod;         /* -1: none */
	std::string labels; /* of an enum, in order: a text[] in its text form */
};

struct Column
{
	std::string name;
	Type type;
	std::string collation_schema; /* empty: the type's own collation */
	std::string collation;
	bool not_null;
	bool computed; /* generated, or identity ALWAYS */
};

struct Relation
{
	std::string name;
	std::string kind; /* empty for an ordinary table, else "view", "partitioned table", … */
	std::vector<Column> columns;
};

using Relations = std::vector<Relation>; /* ordered by name */

/* Which relations of the remote are linked. At most one of the lists is not empty. */
struct Selection
{
	std::string schema;
	std::vector<std::string> only;
	std::vector<std::string> except;
	bool names_must_exist; /* a table of either list that there is not is an error */
};

/*
 * Tables, partitioned tables (their partitions only where `only` names them), views, materialized
 * views and foreign tables of the selected schema. Throws pg::Failure: HV00Q when there is no such
 * schema, 42P01 naming every table of `only` or `except` that there is not, where they must
 * exist.
 */
Relations read_relations(Session& session, const Selection& selection);

/*
 * How the remote defines these types, and those that they are made of; each after what it is made
 * of. Types of pg_catalog are left out.
 */
std::vector<schema::TypeDefinition> read_type_definitions(Session& session,
                                                          const std::vector<unsigned>& types);

} // namespace datalinks::remote
