/*
 * Reset: see reset.hpp. Here it is decided what a command means for the links; invalidate.cpp
 * carries it out.
 */
#include "link/reset.hpp"

#include <algorithm>

#include "link/attempt.hpp"
#include "link/grants.hpp"
#include "link/invalidate.hpp"
#include "link/notes.hpp"
#include "link/operation.hpp"
#include "postgres/roles.hpp"
#include "postgres/spi.hpp"
#include "postgres/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

char* reset_schemas = nullptr;

namespace
{

using schema::compose;
using schema::quote_identifier;

bool contains(const std::vector<std::string>& names, const std::string& name)
{
	return std::find(names.begin(), names.end(), name) != names.end();
}

/* Those of the schemas that hold relations which no extension brought. */
std::vector<std::string> with_relations(const std::vector<std::string>& schemas)
{
	std::vector<std::string> found;
	for (const auto& row :
	     spi::query("SELECT n.nspname FROM pg_catalog.pg_namespace n"
	                " WHERE n.nspname = ANY ($1::pg_catalog.text[]) AND EXISTS (SELECT"
	                "  FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid"
	                "  AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT EXISTS (SELECT"
	                "   FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.objid = c.oid"
	                "   AND d.classid = 'pg_catalog.pg_class'::regclass))",
	                {schema::array_literal(schemas)}))
		found.push_back(*row[0]);
	return found;
}

/* The reset schemas that the command may drop: a DROP SCHEMA names what it drops. */
std::vector<std::string> reset_schemas_in(const pg::Command& command)
{
	std::vector<std::string> schemas = pg::parse_identifiers(reset_schemas);
	if (command.tag == "DROP SCHEMA")
		std::erase_if(schemas, [&](const std::string& schema) {
			return !contains(command.dropped_schemas, schema);
		});
	return schemas;
}

/*
 * The links that the command may concern. A DROP SCHEMA that resets nothing concerns only the
 * links whose schemas it names; of the other commands nothing is known beforehand.
 */
std::vector<Link> may_concern(const pg::Command& command, bool may_reset)
{
	return may_reset || command.tag != "DROP SCHEMA" ? all_links()
	                                                 : links_named(command.dropped_schemas);
}

/* Whether the current user's reset is one for everybody. */
bool speaks_for_database()
{
	return pg::has_privileges_of(pg::current_role(), pg::database_owner());
}

/* The reset schema that was dropped with its tables; empty when none was. */
std::string dropped_reset_schema(const Note& note, const pg::Dropped& dropped)
{
	for (const auto& [oid, name] : dropped.schemas)
		if (contains(note.full_reset_schemas, name))
			return name;
	return {};
}

/* What the command did to this link; nothing when it did nothing. */
std::optional<Verdict> judge(const NotedLink& noted, const std::string& reset, bool for_everybody,
                             const pg::Dropped& dropped)
{
	const Link& link = noted.link;
	if (!reset.empty() && (for_everybody || pg::has_privileges_of(pg::current_role(), link.owner)))
		return Verdict{
		    noted,
		    compose("the database was reset: schema %1% was dropped", quote_identifier(reset)),
		    true};
	if (std::find(dropped.servers.begin(), dropped.servers.end(), link.server) !=
	    dropped.servers.end())
		return Verdict{noted, "its server was dropped", false};
	if (noted.schema != 0 &&
	    std::any_of(dropped.schemas.begin(), dropped.schemas.end(),
	                [&](const auto& schema) { return schema.first == noted.schema; }))
		return Verdict{noted, "its schema was dropped", true};
	return std::nullopt;
}

/* The table of invalid links holds a name once; a link that still stands under it is the truth. */
bool stands_elsewhere(const Link& link)
{
	const auto other = find_link(link.name);
	return other && other->server != link.server && own_schema_of(*other) != 0;
}

} // namespace

void note_links(const pg::Command& command)
{
	if (Operation::running() || !pg::extension_exists())
		return;
	const auto candidates = reset_schemas_in(command);
	std::vector<Link> links = may_concern(command, !candidates.empty());
	if (links.empty())
		return;

	Note note{command.identity, {}, {}};
	if (!candidates.empty())
		note.full_reset_schemas = with_relations(candidates);
	for (Link& link : links)
	{
		const unsigned own = own_schema_of(link);
		std::string grants = own == 0 ? "[]" : grants_on(own);
		note.links.push_back({std::move(link), own, std::move(grants)});
	}
	keep(std::move(note));
}

void follow_drop(const pg::Command& command)
{
	if (Operation::running() || !pg::extension_exists())
		return;
	const Note* note = note_of(command);
	if (note == nullptr)
		return;
	const pg::Dropped dropped = pg::dropped_objects();
	if (dropped.schemas.empty() && dropped.servers.empty())
		return;
	const std::string reset = dropped_reset_schema(*note, dropped);
	const bool for_everybody = !reset.empty() && speaks_for_database();
	std::vector<Verdict> verdicts;
	for (const NotedLink& noted : note->links)
		if (auto verdict = judge(noted, reset, for_everybody, dropped))
			if (noted.schema == 0 || !stands_elsewhere(noted.link))
				verdicts.push_back(std::move(*verdict));
	if (verdicts.empty())
		return;
	const Operation operation;
	invalidate(verdicts);
}

void follow_rename(const pg::Command& command)
{
	if (Operation::running() || !command.schema_rename || !pg::extension_exists())
		return;
	const std::string from = command.schema_rename->first;
	const std::string to = command.schema_rename->second;
	for (Link& link : links_named({from}))
	{
		/* Under its new name the schema must be the link's own: anybody may name any schema. */
		link.name = to;
		if (own_schema_of(link) == 0)
			continue;
		const Operation operation;
		const auto failure = attempt_without_waiting([&] {
			const pg::UserSwitch as_owner(pg::extension_owner());
			spi::execute(compose("ALTER SERVER %1% OPTIONS (SET link %2%)",
			                     quote_identifier(link.server_name), schema::quote_literal(to)));
		});
		if (failure)
			pg::warning(compose("data link \"%1%\" could not follow its schema's new name", from),
			            *failure);
	}
}

} // namespace datalinks::link
