/*
 * The local schemas of a link's tables. A link to one remote schema has them in the schema of its
 * name. A link to all of them (remote_schema '*') has one schema for each, "name_schema", and in
 * the schema of its name nothing: that one is what makes the name its own. Which they are stands in
 * an option of its server, so that each can be renamed.
 */
#pragma once

#include <string>
#include <vector>

#include "link/link.hpp"
#include "remote/selection.hpp"

namespace datalinks::link
{

/* A local schema, and the remote schema whose tables it has. */
struct TableSchema
{
	std::string name;
	std::string remote;
	unsigned oid = 0; /* where it is known to be the link's own */
};

using TableSchemas = std::vector<TableSchema>;

/* Whether the link is to all schemas of its remote. */
bool has_all_schemas(const Settings& settings);

/* Those that are recorded, whether or not they stand. */
TableSchemas recorded_schemas(const Link& link);

/* The settings with these recorded; they are a link's to all schemas. */
Settings with_schemas(Settings settings, const TableSchemas& schemas);

/*
 * Those that stand and are the link's own: its owner's, and either of the link's making by their
 * names, or holding a table of its server, or empty.
 */
TableSchemas own_table_schemas(const Link& link);

/*
 * The OIDs of all of the link's own schemas, that of its name included, that may go with it. One
 * that holds none of its tables, and something else, may not: a server can come to a new owner with
 * the names of schemas that were always his.
 */
std::vector<unsigned> own_schemas(const Link& link);

/* Whether the link had schemas for its tables and has lost the last of them. */
bool has_lost_schemas(const Link& link);

/* The relations of the remote that the link has, whether or not they are there. */
remote::Selection selection_of(const Link& link);

/* The local schema for a remote one: as it is recorded, else as it is to be called. */
std::string local_schema_for(const Link& link, const std::string& remote);

/* Whether one of the recorded schemas bears one of the names. */
bool records_any(const Link& link, const std::vector<std::string>& names);

/* A link that has a schema of one of these names, its own name's or a recorded one, by claim. */
std::vector<Link> links_with_schemas(const std::vector<std::string>& names);

/* An oid[] literal. */
std::string oid_array(const std::vector<unsigned>& oids);

} // namespace datalinks::link
