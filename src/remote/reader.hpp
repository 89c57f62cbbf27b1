/*
 * The reader of a remote's catalogs: every relation of a schema with its columns, in few queries.
 * What it returns is data from a stranger; nothing of it has been resolved or quoted.
 */
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "remote/selection.hpp"
#include "remote/session.hpp"
#include "schema/type_definition.hpp"

namespace datalinks::remote
{

struct Column
{
	std::string name;
	schema::TypeUse use;
	bool not_null;
	bool computed; /* generated, or identity ALWAYS */
};

struct Relation
{
	std::string name;
	std::string kind; /* empty for an ordinary table, else "view", "partitioned table", … */
	bool readable;    /* the role may SELECT from it, or from some column */
	std::vector<Column> columns;
	std::map<int, std::string> key; /* the primary key's columns, by their place in it */
	std::string schema{};           /* where all are selected; else empty */
};

using Relations = std::vector<Relation>; /* ordered by schema and name */

/* The relation's name as a list of the selection has it: with its schema where all are selected. */
std::string listed_name(const Relation& relation);

/* A schema of the remote, where all are selected. */
struct RemoteSchema
{
	std::string name;
	bool usable; /* by the role */
};

/* What a remote shows: the types are those of the relations' columns, with all their parts. */
struct Contents
{
	Relations relations;
	schema::TypeCatalog types;
	std::string role_without_usage; /* that may not use the schema, whatever is in it; else empty */
	std::vector<RemoteSchema> schemas; /* that are selected, ordered, where it is among all */
};

/*
 * Tables, partitioned tables (their partitions only where `only` names them), views, materialized
 * views and foreign tables of the selected schema. Throws pg::Failure: HV00Q when there is no such
 * schema, 42P01 naming every table of `only` or `except` that there is not, where they must
 * exist. `meanwhile` is called while the remote works.
 *
 * Where all schemas are selected, it is those that `except` does not name as a whole, and of which
 * `only`, where there is one, names anything. Of one that the role may not use, nothing is read
 * unless it is linked.
 */
Contents read_contents(Session& session, const Selection& selection,
                       const std::function<void()>& meanwhile);

} // namespace datalinks::remote
