/*
 * datalink_list: see list.hpp.
 */
#include "command/list.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "link/link.hpp"
#include "link/memory.hpp"
#include "link/schemas.hpp"
#include "link/union.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/schemas.hpp"
#include "postgres/spi.hpp"
#include "remote/home.hpp"
#include "schema/text.hpp"

namespace datalinks::command
{

namespace
{

using link::InvalidLink;
using link::Link;

const char* boolean(bool value)
{
	return value ? "true" : "false";
}

unsigned oid_in(const pg::Value& value)
{
	return static_cast<unsigned>(std::stoul(*value));
}

/* What the catalogs tell of each server beyond its own row. */
struct Facts
{
	std::map<unsigned, std::map<unsigned, long>> tables; /* how many, by server and schema */
	std::map<unsigned, std::string> users; /* of the owner's mapping, where the caller may see it */
};

/* Of all links. */
Facts read_facts()
{
	Facts facts;
	for (const auto& row :
	     spi::query("SELECT t.ftserver, c.relnamespace, count(*) FROM pg_catalog.pg_foreign_table t"
	                " JOIN pg_catalog.pg_class c ON c.oid = t.ftrelid"
	                " JOIN pg_catalog.pg_foreign_server s ON s.oid = t.ftserver"
	                " JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw"
	                "  AND w.fdwname = 'datalinks'"
	                " GROUP BY t.ftserver, c.relnamespace"))
		facts.tables[oid_in(row[0])][oid_in(row[1])] = std::stol(*row[2]);
	/* The view shows the options of a mapping to those alone who may read its password. */
	for (const auto& row : spi::query(
	         "SELECT s.oid, o.option_value FROM pg_catalog.pg_foreign_server s"
	         " JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw"
	         "  AND w.fdwname = 'datalinks'"
	         " JOIN pg_catalog.pg_user_mappings m ON m.srvid = s.oid AND m.umuser = s.srvowner,"
	         " LATERAL pg_catalog.pg_options_to_table(m.umoptions) o"
	         " WHERE o.option_name = 'user'"))
		facts.users[oid_in(row[0])] = *row[1];
	return facts;
}

/* Of one: what the view shows of an owner's mapping is for the owner, and for superusers. */
Facts read_facts_of(const Link& link)
{
	Facts facts;
	facts.tables[link.server] = pg::count_tables_of(link.server);
	const unsigned role = pg::current_role();
	if (role == link.owner || pg::is_superuser(role))
		facts.users[link.server] = remote::value_of(
		    pg::own_mapping_options(link.server, link.owner).value_or(pg::Options()), "user");
	return facts;
}

template <typename Map>
std::string find_or(const Map& map, unsigned key, const char* otherwise)
{
	const auto found = map.find(key);
	return found == map.end() ? otherwise : found->second;
}

/* How many tables the link has, in the schemas that it names. */
std::string count_tables(const Link& link, const Facts& facts)
{
	const auto found = facts.tables.find(link.server);
	if (found == facts.tables.end())
		return "0";
	const auto in_schema = [&](const std::string& name) {
		const auto count = found->second.find(pg::find_schema(name));
		return count == found->second.end() ? 0 : count->second;
	};
	if (!link::has_all_schemas(link.settings))
		return std::to_string(in_schema(link.name));
	long tables = 0;
	for (const link::TableSchema& schema : link::recorded_schemas(link))
		tables += in_schema(schema.name);
	return std::to_string(tables);
}

/* The reason of a valid link that is read-only for all. */
constexpr const char* copy_reason =
    "made in another database: read-only until datalink_confirm() or datalink_set_remote()";

/* A link that stands; `invalid` is the memory of it where it was reset and could not be cleared. */
pg::Row row_of(const Link& link, const Facts& facts, const InvalidLink* invalid)
{
	const auto reason = link::invalidity_of(link);
	const bool copied = remote::is_copy(link.options);
	const std::string user = find_or(facts.users, link.server, "");
	pg::Row row{link.name,
	            pg::text_or_null(link.created_at),
	            remote::display(link.options, user),
	            pg::text_or_null(remote::database_of(link.options, user)),
	            link.settings.remote_schema,
	            count_tables(link, facts),
	            boolean(link.settings.read_only),
	            pg::role_name(link.owner),
	            reason ? "invalid" : "valid",
	            std::nullopt,
	            reason || !copied ? reason : std::optional<std::string>(copy_reason),
	            "link"};
	if (reason && invalid != nullptr)
	{
		row[2] = invalid->remote;
		row[3] = pg::text_or_null(invalid->remote_name);
		row[9] = invalid->invalidated_at;
		row[10] = invalid->reason;
	}
	return row;
}

/* A link that was reset. */
pg::Row row_of(const InvalidLink& link)
{
	const unsigned owner = link::owner_of(link);
	return {link.name,
	        pg::text_or_null(link.created_at),
	        link.remote,
	        pg::text_or_null(link.remote_name),
	        link.settings.remote_schema,
	        "0",
	        boolean(link.settings.read_only),
	        owner == 0 ? link.owner : pg::role_name(owner),
	        "invalid",
	        link.invalidated_at,
	        link.reason,
	        "link"};
}

/* What a link's remote is, are the links of a union. */
pg::Row row_of(const link::Union& unified)
{
	const auto reason = link::invalidity_of(unified);
	return {unified.name,
	        pg::text_or_null(unified.created_at),
	        schema::join(unified.settings.links, ", "),
	        std::nullopt,
	        std::nullopt,
	        std::to_string(unified.settings.views.size()),
	        "true",
	        pg::role_name(unified.owner),
	        reason ? "invalid" : "valid",
	        std::nullopt,
	        reason,
	        "union"};
}

} // namespace

pg::Rows list()
{
	std::map<std::string, InvalidLink> invalid;
	for (InvalidLink& link : link::all_invalid_links())
		invalid.emplace(link.name, link);

	const Facts facts = read_facts();
	std::multimap<std::string, pg::Row> rows;
	std::set<std::string> standing;
	for (const Link& link : link::all_links())
	{
		const auto memory = invalid.find(link.name);
		/* Another role's link may stand under the name of an invalid one: both are shown. */
		const bool same = memory != invalid.end() && link::owner_of(memory->second) == link.owner;
		if (same)
			standing.insert(link.name);
		rows.emplace(link.name, row_of(link, facts, same ? &memory->second : nullptr));
	}
	for (const auto& [name, link] : invalid)
		if (!standing.contains(name))
			rows.emplace(name, row_of(link));
	for (const link::Union& unified : link::all_unions())
		rows.emplace(unified.name, row_of(unified));

	pg::Rows listed;
	for (auto& [name, row] : rows)
		listed.push_back(std::move(row));
	return listed;
}

pg::Row list_row(const std::string& name)
{
	const auto link = link::find_link(name);
	if (!link)
		link::fail_unknown(name);
	return row_of(*link, read_facts_of(*link), nullptr);
}

pg::Row union_row(const std::string& name)
{
	const auto unified = link::find_union(name);
	if (!unified)
		link::fail_unknown_union(name);
	return row_of(*unified);
}

} // namespace datalinks::command
