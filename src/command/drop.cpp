/*
 * datalink_drop: see drop.hpp.
 */
#include "command/drop.hpp"

#include <algorithm>

#include "command/union_drop.hpp"
#include "link/memory.hpp"
#include "link/own_statements.hpp"
#include "link/schemas.hpp"
#include "link/union.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/object_locks.hpp"
#include "postgres/schemas.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/dependents.hpp"
#include "sync/lock_table.hpp"
#include "sync/made_types.hpp"

namespace datalinks::command
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::Link;
using link::OwnStatements;
using schema::compose;
using schema::join;
using schema::quote_identifier;

/* The link under the lock of its drop: nobody else can be dropping it, or have dropped it. */
std::optional<Link> lock(const std::string& name)
{
	for (;;)
	{
		const auto link = link::find_link(name);
		if (!link)
			return std::nullopt;
		if (!pg::owns_server(link->server))
		{
			/* Somebody else's mere claim to the name of an invalid link. */
			if (link::own_schema_of(*link) == 0 && link::find_invalid_link(name))
				return std::nullopt;
			link::fail_not_owner(name);
		}
		if (pg::lock_server(link->server))
			return link::find_link(name);
	}
}

/*
 * Takes the locks of a drop of schemas and tables: nobody can build on them from here on. Returns
 * the OIDs of those schemas that are the link's own.
 */
std::vector<unsigned> lock_parts(const Link& link)
{
	if (!pg::lock_server(link.server))
		link::fail_unknown(link.name);
	std::vector<unsigned> schemas = link::own_schemas(link);
	/* They may have been renamed, or given away, while they were waited for. */
	for (std::vector<unsigned> locked; schemas != locked; schemas = link::own_schemas(link))
	{
		locked = schemas;
		for (const unsigned schema : schemas)
			(void)pg::lock_schema_for_drop(schema);
	}
	for (const auto& row : spi::query_now(
	         "SELECT 'pg_catalog.pg_class'::regclass::oid, ftrelid FROM pg_catalog.pg_foreign_table"
	         " WHERE ftserver = $1::oid ORDER BY ftrelid",
	         {std::to_string(link.server)}))
		pg::lock_for_drop(static_cast<unsigned>(std::stoul(*row[0])),
		                  static_cast<unsigned>(std::stoul(*row[1])));
	return schemas;
}

/* The commands go by name: a name that meant something else by then is undone with the rest. */
void require_gone(const Link& link, const std::vector<unsigned>& schemas)
{
	if (pg::server_stands(link.server) ||
	    std::any_of(schemas.begin(), schemas.end(), pg::schema_stands))
		throw pg::Failure(
		    sqlstate::serialization_failure,
		    compose("data link \"%1%\" was renamed while it was being dropped", link.name))
		    .hint("Try again.");
}

[[noreturn]] void fail_depended(const Link& link, const std::string& detail)
{
	throw pg::Failure(
	    sqlstate::dependent_objects_still_exist,
	    compose("cannot drop data link \"%1%\" because other objects depend on it", link.name))
	    .detail(detail)
	    .hint("datalink_drop(name, cascade => true) drops them too.");
}

/* DROP FOREIGN TABLE for all tables of the link; empty where it has none. */
std::string drop_tables(const Link& link, const std::vector<unsigned>& schemas)
{
	std::vector<std::string> tables;
	for (const auto& row : spi::query_now(
	         "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)"
	         " FROM pg_catalog.pg_foreign_table t JOIN pg_catalog.pg_class c ON c.oid = t.ftrelid"
	         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	         " WHERE t.ftserver = $1::oid AND n.oid = ANY ($2::oid[]) ORDER BY 1",
	         {std::to_string(link.server), link::oid_array(schemas)}))
		tables.push_back(*row[0]);
	return tables.empty() ? "" : compose("DROP FOREIGN TABLE %1% RESTRICT", join(tables, ", "));
}

/* DROP USER MAPPING for each mapping of the link. */
std::vector<std::string> drop_mappings(const Link& link)
{
	std::vector<std::string> statements;
	for (const auto& row :
	     spi::query_now("SELECT CASE umuser WHEN 0 THEN 'PUBLIC'"
	                    "  ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(umuser)) END"
	                    " FROM pg_catalog.pg_user_mappings WHERE srvid = $1::oid ORDER BY 1",
	                    {std::to_string(link.server)}))
		statements.push_back(compose("DROP USER MAPPING FOR %1% SERVER %2%", *row[0],
		                             quote_identifier(link.server_name)));
	return statements;
}

/* DROP SCHEMA for those of them that stand; empty for none. */
std::string drop_schemas(const std::vector<unsigned>& schemas, const char* behaviour)
{
	std::vector<std::string> names;
	for (const auto& row : spi::query_now("SELECT nspname FROM pg_catalog.pg_namespace"
	                                      " WHERE oid = ANY ($1::oid[]) ORDER BY 1",
	                                      {link::oid_array(schemas)}))
		names.push_back(quote_identifier(*row[0]));
	return names.empty() ? "" : compose("DROP SCHEMA %1% %2%", join(names, ", "), behaviour);
}

/* The statements of a drop that takes nothing along, so that the server has the last word on it. */
std::vector<std::string> restricted_drop(const Link& link, const std::vector<unsigned>& schemas)
{
	std::vector<std::string> statements;
	if (std::string tables = drop_tables(link, schemas); !tables.empty())
		statements.push_back(std::move(tables));
	for (std::string& mapping : drop_mappings(link))
		statements.push_back(std::move(mapping));
	statements.push_back(compose("DROP SERVER %1% RESTRICT", quote_identifier(link.server_name)));
	if (std::string dropped = drop_schemas(schemas, "RESTRICT"); !dropped.empty())
		statements.push_back(std::move(dropped));
	return statements;
}

std::vector<std::string> cascading_drop(const Link& link, const std::vector<unsigned>& schemas)
{
	std::vector<std::string> statements{
	    compose("DROP SERVER %1% CASCADE", quote_identifier(link.server_name))};
	if (std::string dropped = drop_schemas(schemas, "CASCADE"); !dropped.empty())
		statements.push_back(std::move(dropped));
	return statements;
}

void execute_all(const std::vector<std::string>& statements)
{
	/* The server's own notices would name every table of the link. */
	pg::SettingScope settings;
	settings.set("client_min_messages", "warning");
	for (const std::string& statement : statements)
		spi::execute(statement);
}

/* Drops the link's parts, and returns what went along. */
std::vector<std::string> drop_parts(const Link& link, bool cascade)
{
	const std::vector<unsigned> schemas = lock_parts(link);
	const auto find = [&] { return sync::dependents_of_drop(link); };
	const auto dependents = sync::texts_of(cascade ? sync::locked(find) : find());
	if (!cascade && !dependents.empty())
		fail_depended(link, join(dependents, "\n"));
	execute_all(cascade ? cascading_drop(link, schemas) : restricted_drop(link, schemas));
	require_gone(link, schemas);
	return dependents;
}

void tell_of_rest(const std::string& schema)
{
	pg::notice(compose("schema \"%1%\" is not empty and stays", schema));
}

void drop_standing(const Link& link, bool cascade)
{
	const auto types = sync::made_types(link);
	const link::TableSchemas schemas = link::own_table_schemas(link);
	sync::require_locks_to_drop(link);
	std::vector<std::string> dropped;
	sync::with_lock_hint(sync::locks_to_drop(link), [&] { dropped = drop_parts(link, cascade); });
	sync::drop_unused_types(types, link.owner);
	if (!dropped.empty())
		pg::notice(compose("dropping data link \"%1%\" dropped %2% besides its tables", link.name,
		                   dropped.size() == 1 ? std::string("an object")
		                                       : compose("%1% objects", dropped.size())),
		           join(dropped, "\n"));
	for (const link::TableSchema& schema : schemas)
		if (pg::schema_stands(schema.oid))
			tell_of_rest(schema.name);
}

/* An invalid link, of which only the memory is left, and perhaps an empty schema. */
bool drop_remembered(const std::string& name)
{
	const auto invalid = link::find_invalid_link(name);
	if (!invalid)
		return false;
	link::require_owner(*invalid);
	for (const std::string& schema : drop_empty_schemas(*invalid))
		tell_of_rest(schema);
	link::forget(name);
	return true;
}

} // namespace

std::vector<std::string> drop_empty_schemas(const link::InvalidLink& link)
{
	std::vector<std::string> schemas{link.name};
	const unsigned owner = link::owner_of(link);
	/* Local and remote names take turns. */
	for (size_t i = 0; i < link.settings.schemas.size(); i += 2)
		schemas.push_back(link.settings.schemas[i]);
	std::erase_if(schemas, [&](const std::string& name) {
		const unsigned schema = pg::find_schema(name);
		return schema == 0 || pg::schema_owner(schema) != owner ||
		       pg::run_or_undo(
		           {sqlstate::dependent_objects_still_exist, sqlstate::insufficient_privilege},
		           [&] {
			           spi::execute(compose("DROP SCHEMA %1% RESTRICT", quote_identifier(name)));
		           });
	});
	return schemas;
}

void drop_server_and_schema(const Link& link)
{
	drop_standing(link, true);
}

void drop(const std::string& name, bool if_exists, bool cascade)
{
	const OwnStatements own;
	pg::require_read_write("datalink_drop()");
	if (link::find_mere_union(name) && drop_union(name, cascade))
		return;
	const auto link = lock(name);
	if (link)
	{
		const auto invalid = link::find_invalid_link(name);
		if (invalid && link::own_schema_of(*link) == 0)
			link::require_owner(*invalid);
		drop_standing(*link, cascade);
		/* Another role's link under the name of one that was reset is not that one. */
		if (invalid && link::owner_of(*invalid) == link->owner)
			link::forget(name);
		return;
	}
	if (drop_remembered(name))
		return;
	if (!if_exists)
		link::fail_unknown(name);
	link::require_link_name(name);
	pg::notice(compose("data link \"%1%\" does not exist, skipping", name));
}

} // namespace datalinks::command
