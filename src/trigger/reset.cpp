/*
 * Reset: see reset.hpp. Here it is decided what a command means for the links; invalidate.cpp
 * carries it out.
 */
#include "trigger/reset.hpp"

#include <algorithm>
#include <map>

#include "link/comments.hpp"
#include "link/grants.hpp"
#include "link/lending.hpp"
#include "link/options.hpp"
#include "link/own_statements.hpp"
#include "link/schemas.hpp"
#include "postgres/extensions.hpp"
#include "postgres/object_locks.hpp"
#include "postgres/roles.hpp"
#include "postgres/schemas.hpp"
#include "postgres/spi.hpp"
#include "postgres/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "trigger/attempt.hpp"
#include "trigger/invalidate.hpp"
#include "trigger/notes.hpp"
#include "trigger/union_rename.hpp"

namespace datalinks::trigger
{

char* reset_schemas = nullptr;

namespace
{

using link::Comments;
using link::Link;
using link::OwnStatements;
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
	return may_reset || command.tag != "DROP SCHEMA"
	           ? link::all_links()
	           : link::links_with_schemas(command.dropped_schemas);
}

/* Whether the current user's reset is one for everybody. */
bool speaks_for_database()
{
	return pg::has_privileges_of(pg::current_role(), pg::database_owner());
}

/*
 * Those that have a schema of their own. The others are mere claims, which anybody may make by the
 * thousand: they are no links, and cost no more than this look.
 */
std::vector<NotedLink> real_links(std::vector<Link> links)
{
	std::vector<NotedLink> real;
	for (Link& link : links)
		if (const unsigned schema = link::own_schema_of(link); schema != 0)
		{
			NotedLink noted{std::move(link), schema, {}, std::nullopt, Comments()};
			if (link::has_all_schemas(noted.link.settings))
				for (const link::TableSchema& own : link::own_table_schemas(noted.link))
					noted.schemas.push_back(own.oid);
			real.push_back(std::move(noted));
		}
	return real;
}

/* Of one owner's links, no more ACL items than these are noted: nobody's DROP shall take minutes.
 */
constexpr long max_grants = 20000;

void note_grants(std::vector<NotedLink>& links)
{
	link::SchemasOfLinks schemas;
	const auto add = [&](const NotedLink& noted) {
		schemas.emplace(noted.schema, noted.schema);
		for (const unsigned schema : noted.schemas)
			schemas.emplace(schema, noted.schema);
	};
	for (const NotedLink& noted : links)
		add(noted);
	const auto counts = link::count_grants(schemas);
	schemas.clear();
	std::map<unsigned, long> of_owner;
	for (const NotedLink& noted : links)
	{
		const auto count = counts.find(noted.schema);
		const long sum = of_owner[noted.link.owner] + (count == counts.end() ? 0 : count->second);
		if (sum > max_grants)
			continue;
		of_owner[noted.link.owner] = sum;
		add(noted);
	}
	const auto grants = link::grants_on(schemas);
	std::vector<Link> granted;
	for (const NotedLink& noted : links)
		granted.push_back(noted.link);
	const auto grantees = link::grantees_of(granted);
	for (NotedLink& noted : links)
	{
		const auto found = grants.find(noted.schema);
		const auto lent = grantees.find(noted.link.server);
		if (found == grants.end())
			continue;
		noted.grants = lent == grantees.end()
		                   ? found->second
		                   : link::remember_grantees(found->second, lent->second);
	}
}

void note_comments(std::vector<NotedLink>& links)
{
	std::vector<Link> commented;
	for (const NotedLink& noted : links)
		commented.push_back(noted.link);
	auto comments = link::users_comments(commented);
	for (NotedLink& noted : links)
		noted.comments = comments[noted.link.server];
}

/* Where less can be noted than there is, then in such a way that no password outlives a reset. */
void fill(Note& note, const std::vector<Link>& links, const std::vector<std::string>& candidates)
{
	note.links = real_links(links);
	if (note.links.empty())
		return;
	if (!candidates.empty() &&
	    attempt_without_waiting([&] { note.full_reset_schemas = with_relations(candidates); }))
		note.full_reset_schemas = candidates;
	/* What is missing then is told when a link becomes invalid. */
	(void)attempt_without_waiting([&] { note_grants(note.links); });
	(void)attempt_without_waiting([&] { note_comments(note.links); });
}

/* In place of a note that could not be taken: what the command has left of the links. */
Note late_note(const pg::Command& command)
{
	Note note{command.identity, pg::current_subtransaction(), {}, {}};
	note.links = real_links(link::all_links());
	note.full_reset_schemas = reset_schemas_in(command);
	return note;
}

/* The same as pg::dropped_objects(), as far as the catalogs tell. */
pg::Dropped missing_objects(const Note& note)
{
	pg::Dropped missing;
	for (const NotedLink& noted : note.links)
	{
		if (!pg::server_stands(noted.link.server))
			missing.servers.insert(noted.link.server);
		if (pg::find_schema(noted.link.name) != noted.schema)
			missing.schemas.emplace(noted.schema, noted.link.name);
		for (const unsigned schema : noted.schemas)
			if (!pg::schema_stands(schema))
				missing.schemas.emplace(schema, "");
	}
	unsigned no_oid = 0;
	for (const std::string& schema : note.full_reset_schemas)
		if (pg::find_schema(schema) == 0)
			missing.schemas.emplace(no_oid++, schema);
	return missing;
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
	if (dropped.servers.contains(link.server))
		return Verdict{noted, "its server was dropped", false};
	if (dropped.schemas.contains(noted.schema))
		return Verdict{noted, "its schema was dropped", true};
	const auto is_dropped = [&](unsigned schema) { return dropped.schemas.contains(schema); };
	if (!noted.schemas.empty() &&
	    std::all_of(noted.schemas.begin(), noted.schemas.end(), is_dropped))
		return Verdict{noted, "the last of its schemas was dropped", true};
	return std::nullopt;
}

/* The table of invalid links holds a name once; a link that still stands under it is the truth. */
void leave_out_standing(std::vector<Verdict>& verdicts)
{
	std::vector<std::string> names;
	for (const Verdict& verdict : verdicts)
		names.push_back(verdict.noted.link.name);
	std::map<std::string, unsigned> standing;
	for (const NotedLink& other : real_links(link::links_named(names)))
		standing.emplace(other.link.name, other.link.server);
	std::erase_if(verdicts, [&](const Verdict& verdict) {
		const auto other = standing.find(verdict.noted.link.name);
		return other != standing.end() && other->second != verdict.noted.link.server;
	});
}

std::vector<Verdict> verdicts_on(const pg::Command& command, std::optional<Note> note)
{
	if (!note)
		note = late_note(command);
	std::vector<Verdict> verdicts;
	if (note->links.empty())
		return verdicts;
	pg::Dropped dropped;
	if (attempt_without_waiting([&] { dropped = pg::dropped_objects(); }))
		dropped = missing_objects(*note);
	const std::string reset = dropped_reset_schema(*note, dropped);
	const bool for_everybody = !reset.empty() && speaks_for_database();
	for (const NotedLink& noted : note->links)
		if (auto verdict = judge(noted, reset, for_everybody, dropped))
			verdicts.push_back(std::move(*verdict));
	if (!verdicts.empty())
		leave_out_standing(verdicts);
	return verdicts;
}

} // namespace

void note_links(const pg::Command& command)
{
	if (OwnStatements::running())
		return;
	/* Commands may have an address in common, one after the other. */
	(void)take_note(command);
	Note note{command.identity, pg::current_subtransaction(), {}, {}};
	/* Without a note, follow_drop goes by what the command has left. */
	(void)attempt_without_waiting([&] {
		const auto candidates = reset_schemas_in(command);
		const auto links = may_concern(command, !candidates.empty());
		if (!links.empty() && pg::extension_exists())
			fill(note, links, candidates);
		keep(std::move(note));
	});
}

void follow_drop(const pg::Command& command)
{
	if (OwnStatements::running())
		return;
	auto note = take_note(command);
	if (note && note->links.empty())
		return;
	const OwnStatements own;
	std::vector<Verdict> verdicts;
	const auto failure = attempt_without_waiting([&] {
		if (pg::extension_exists())
			verdicts = verdicts_on(command, std::move(note));
	});
	if (failure)
		(void)attempt_without_waiting(
		    [&] { pg::warning("data links could not follow the command", *failure); });
	if (!verdicts.empty())
		invalidate(std::move(verdicts));
}

namespace
{

/* The link has its new name already; a server that bears the old one is renamed along with it. */
void rename_link(const Link& link, const std::string& from)
{
	const pg::UserSwitch as_owner(pg::extension_owner());
	/* Our functions wait for this lock: they must not find a server that changes under them. */
	pg::lock_server_against_changes(link.server);
	const std::string server = quote_identifier(link.server_name);
	spi::execute(compose("ALTER SERVER %1% OPTIONS (SET link %2%)", server,
	                     schema::quote_literal(link.name)));
	Link before = link;
	before.name = from;
	link::follow_with_comments(before, link);
	if (link.server_name != from)
		return;
	int nth = 1;
	while (pg::find_server(schema::server_name(link.name, nth)) != 0)
		++nth;
	spi::execute(compose("ALTER SERVER %1% RENAME TO %2%", server,
	                     quote_identifier(schema::server_name(link.name, nth))));
}

/* The link goes on with one of its schemas under its new name. */
void rename_schema(const Link& link, const link::TableSchemas& schemas)
{
	const pg::UserSwitch as_owner(pg::extension_owner());
	pg::lock_server_against_changes(link.server);
	link::alter_settings(link, link::with_schemas(link.settings, schemas));
}

/* A link to all schemas follows the new name of one of them. */
void follow_table_schema(const Link& link, const std::string& from, const std::string& to)
{
	link::TableSchemas schemas = link::recorded_schemas(link);
	for (link::TableSchema& schema : schemas)
		if (schema.name == from)
			schema.name = to;
	Link renamed = link;
	renamed.settings = link::with_schemas(link.settings, schemas);
	const link::TableSchemas own = link::own_table_schemas(renamed);
	if (std::none_of(own.begin(), own.end(),
	                 [&](const link::TableSchema& schema) { return schema.name == to; }))
		return;
	const OwnStatements own_statements;
	const auto failure = attempt_without_waiting([&] { rename_schema(link, schemas); });
	if (failure)
		pg::warning(compose("data link \"%1%\" could not follow its schema's new name", link.name),
		            *failure);
}

} // namespace

void follow_rename(const pg::Command& command)
{
	if (OwnStatements::running() || !command.schema_rename || !pg::extension_exists())
		return;
	const std::string from = command.schema_rename->first;
	const std::string to = command.schema_rename->second;
	for (const Link& link : link::links_to_all_schemas())
		if (link::records_any(link, {from}))
			follow_table_schema(link, from, to);
	for (Link& link : link::links_named({from}))
	{
		/* Under its new name the schema must be the link's own: anybody may name any schema. */
		link.name = to;
		if (link::own_schema_of(link) == 0)
			continue;
		const OwnStatements own;
		const auto failure = attempt_without_waiting([&] { rename_link(link, from); });
		if (failure)
			pg::warning(compose("data link \"%1%\" could not follow its schema's new name", from),
			            *failure);
	}
	follow_in_unions(from, to);
}

} // namespace datalinks::trigger
