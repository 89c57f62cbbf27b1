/*
 * The types that a link made: see made_types.hpp.
 */
#include "sync/made_types.hpp"

#include <algorithm>

#include "link/options.hpp"
#include "postgres/guard.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "postgres/types.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;
using link::Settings;

/* Names are compared under the settings under which they were stored. */
pg::Rows find_made(const std::vector<std::string>& names, unsigned owner)
{
	if (names.empty() || owner == 0)
		return {};
	pg::SettingScope settings;
	settings.set("quote_all_identifiers", "off");
	/* Compared, not parsed: the option may hold anything. A table's row type is the table's. */
	return spi::query(
	    "SELECT made.name, t.oid FROM pg_catalog.unnest($1::pg_catalog.text[])"
	    "  WITH ORDINALITY AS made(name, position)"
	    " JOIN pg_catalog.pg_type t ON pg_catalog.format_type(t.oid, NULL) = made.name"
	    " WHERE (t.typtype = 'e' OR t.typtype = 'c' AND EXISTS (SELECT"
	    "   FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))"
	    " AND t.typowner = $2::oid"
	    " GROUP BY made.name, t.oid ORDER BY min(made.position)",
	    {schema::array_literal(names), std::to_string(owner)});
}

/* Servers, in which a column of a foreign table uses the type, be it within another type. */
std::set<unsigned> servers_using(const std::string& type)
{
	pg::SettingScope settings;
	settings.set("quote_all_identifiers", "off");
	std::set<unsigned> servers;
	for (const auto& row :
	     spi::query("WITH RECURSIVE used(oid) AS (SELECT $1::pg_catalog.regtype::oid"
	                " UNION SELECT next.oid FROM used, LATERAL ("
	                "  SELECT t.typarray FROM pg_catalog.pg_type t WHERE t.oid = used.oid"
	                "  UNION ALL SELECT t.oid FROM pg_catalog.pg_type t"
	                "   WHERE t.typbasetype = used.oid"
	                "  UNION ALL SELECT c.reltype FROM pg_catalog.pg_attribute a"
	                "   JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind = 'c'"
	                "   WHERE a.atttypid = used.oid AND NOT a.attisdropped) next(oid)"
	                "  WHERE next.oid <> 0)"
	                " SELECT DISTINCT f.ftserver FROM used"
	                " JOIN pg_catalog.pg_attribute a ON a.atttypid = used.oid AND a.attnum > 0"
	                "  AND NOT a.attisdropped"
	                " JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = a.attrelid",
	                {type}))
		servers.insert(static_cast<unsigned>(std::stoul(*row[0])));
	return servers;
}

/* Whether the type is dropped; it is not where anything uses it. */
bool try_drop(const std::string& type)
{
	return pg::run_or_undo({pg::sqlstate::dependent_objects_still_exist},
	                       [&] { spi::execute(schema::compose("DROP TYPE %1% RESTRICT", type)); });
}

/* Hands the types, which are in use, to a link of the owner's that uses them; removes these. */
void bequeath(std::vector<std::string>& types, unsigned owner)
{
	if (types.empty())
		return;
	std::vector<std::set<unsigned>> users;
	for (const std::string& type : types)
		users.push_back(servers_using(type));
	for (const Link& link : link::all_links())
	{
		if (link.owner != owner)
			continue;
		Settings settings = link.settings;
		for (size_t i = 0; i < types.size(); ++i)
			if (!types[i].empty() && users[i].contains(link.server))
			{
				if (std::find(settings.types_made.begin(), settings.types_made.end(), types[i]) ==
				    settings.types_made.end())
					settings.types_made.push_back(types[i]);
				types[i].clear();
			}
		link::alter_settings(link, settings);
	}
	std::erase(types, std::string());
}

} // namespace

std::string stable_name(unsigned type)
{
	pg::SettingScope settings;
	settings.set("quote_all_identifiers", "off");
	return pg::format_type(type, -1);
}

std::vector<std::string> made_types(const std::vector<std::string>& names, unsigned owner)
{
	std::vector<std::string> types;
	for (const auto& row : find_made(names, owner))
		types.push_back(*row[0]);
	return types;
}

std::vector<std::string> made_types(const Link& link)
{
	return made_types(link.settings.types_made, link.owner);
}

std::set<unsigned> made_type_oids(const Link& link)
{
	std::set<unsigned> types;
	for (const auto& row : find_made(link.settings.types_made, link.owner))
		types.insert(static_cast<unsigned>(std::stoul(*row[1])));
	return types;
}

void drop_unused_types(const std::vector<std::string>& types, unsigned owner)
{
	std::vector<std::string> used;
	for (auto type = types.rbegin(); type != types.rend(); ++type)
		if (!try_drop(*type))
			used.push_back(*type);
	std::reverse(used.begin(), used.end());
	bequeath(used, owner);
	std::reverse(used.begin(), used.end());
	if (!used.empty())
		pg::notice("types that the data link made are still used and stay",
		           schema::join(used, ", "));
}

} // namespace datalinks::sync
