/*
 * What a union of data links is made of: see union_members.hpp.
 */
#include "sync/union_members.hpp"

#include <algorithm>
#include <set>

#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::sync
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::Link;
using link::Union;
using schema::compose;
using schema::join;

bool contains(const std::vector<std::string>& names, const std::string& name)
{
	return std::find(names.begin(), names.end(), name) != names.end();
}

unsigned oid_of(const pg::Value& text)
{
	return static_cast<unsigned>(std::stoul(*text));
}

/* The servers whose tables the union's views read now. */
std::set<unsigned> servers_read(const Union& unified)
{
	std::set<unsigned> servers;
	for (const auto& row : spi::query_now(
	         "SELECT DISTINCT t.ftserver FROM pg_catalog.pg_class v"
	         " JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid"
	         " JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass"
	         "  AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass"
	         " JOIN pg_catalog.pg_foreign_table t ON t.ftrelid = d.refobjid"
	         " WHERE v.relnamespace = $1::oid AND v.relkind = 'v'"
	         " AND v.relname = ANY ($2::pg_catalog.text[])",
	         {std::to_string(link::own_schema_of(unified)),
	          schema::array_literal(unified.settings.views)}))
		servers.insert(oid_of(row[0]));
	return servers;
}

/* The links' servers and schemas, as arrays. */
std::vector<pg::Value> sources_of(const Members& members)
{
	std::vector<std::string> servers, schemas;
	for (const Link& link : members.links)
	{
		servers.push_back(std::to_string(link.server));
		schemas.push_back(std::to_string(link::own_schema_of(link)));
	}
	return {schema::array_literal(servers), schema::array_literal(schemas)};
}

#define SOURCES                                                                                    \
	" FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]),"                                    \
	"  pg_catalog.unnest($2::pg_catalog.oid[])) WITH ORDINALITY m(server, schema, nth)"            \
	" JOIN pg_catalog.pg_foreign_table t ON t.ftserver = m.server"                                 \
	" JOIN pg_catalog.pg_class c ON c.oid = t.ftrelid AND c.relnamespace = m.schema"

bool is_listed(const std::string& table, const link::UnionSettings& settings)
{
	return settings.only_tables.empty() ? !contains(settings.except_tables, table)
	                                    : contains(settings.only_tables, table);
}

/* Views read with the rights of their owner, and through the owner's user mapping. */
void require_readable(const Union& unified, const std::vector<std::string>& unmapped,
                      const std::vector<std::string>& tables)
{
	std::vector<std::string> details;
	if (!unmapped.empty())
		details.push_back("No user mapping for: " + join(unmapped, ", ") + ".");
	if (!tables.empty())
		details.push_back("No right to read: " + join(tables, ", ") + ".");
	if (!details.empty())
		throw pg::Failure(sqlstate::insufficient_privilege,
		                  compose("role \"%1%\" may not read all tables of data link union \"%2%\"",
		                          pg::role_name(unified.owner), unified.name))
		    .detail(join(details, "\n"))
		    .hint("datalink_grant(), called by the owner of a link, lets a role read its tables.");
}

} // namespace

pg::ResultColumn column_in(const pg::Row& row, size_t first)
{
	pg::ResultColumn column;
	column.name = *row[first];
	column.type.type = oid_of(row[first + 1]);
	column.type.typmod = std::stoi(*row[first + 2]);
	column.type.collation = oid_of(row[first + 3]);
	return column;
}

bool is_trusted(const Union& unified, const Link& link)
{
	return link.owner == unified.owner || pg::is_superuser(link.owner) ||
	       servers_read(unified).contains(link.server);
}

Members members_of(const Union& unified, const std::vector<std::string>& welcome)
{
	Members members;
	for (const std::string& name : unified.settings.links)
	{
		if (auto reason = link::absence_of(name))
		{
			members.absent.push_back({name, std::move(*reason)});
			continue;
		}
		Link link = *link::find_link(name);
		if (is_trusted(unified, link) || contains(welcome, name))
			members.links.push_back(std::move(link));
		else
			members.absent.push_back(
			    {name, compose("data link \"%1%\" was made anew, by another role: "
			                   "datalink_union_remove() and datalink_union_add() take it in",
			                   name)});
	}
	return members;
}

MemberTables tables_of(const Members& members, const Union& unified)
{
	std::vector<pg::Value> parameters = sources_of(members);
	parameters.emplace_back(std::to_string(unified.owner));
	MemberTables tables;
	std::vector<std::string> unmapped, unreadable;
	for (const Link& link : members.links)
		if (!pg::mapping_holder(link.server, unified.owner) &&
		    remote::value_of(link.options, remote::url_name_option).empty())
			unmapped.push_back("data link " + link.name);
	for (const auto& row : spi::query_now(
	         "SELECT m.nth, c.relname, a.attname, a.atttypid, a.atttypmod, a.attcollation,"
	         " has_table_privilege($3::oid, c.oid, 'SELECT')"
	         "  AND has_schema_privilege($3::oid, c.relnamespace, 'USAGE')" SOURCES
	         " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
	         "  AND NOT a.attisdropped"
	         " ORDER BY c.relname COLLATE pg_catalog.\"C\", m.nth, a.attnum",
	         parameters))
	{
		const std::string& link = members.links[std::stoul(*row[0]) - 1].name;
		const std::string& table = *row[1];
		if (!is_listed(table, unified.settings))
			continue;
		auto& parts = tables[table];
		if (parts.empty() || parts.back().link != link)
		{
			parts.emplace_back().link = link;
			if (*row[6] != "t")
				unreadable.push_back(link + "." + schema::quote_where_needed(table));
		}
		if (row[2])
			parts.back().columns.push_back(column_in(row, 2));
	}
	require_readable(unified, unmapped, unreadable);
	return tables;
}

void require_listed(const Members& members, const link::UnionSettings& settings)
{
	std::set<std::string> standing;
	for (const auto& row : spi::query_now("SELECT DISTINCT c.relname" SOURCES, sources_of(members)))
		standing.insert(*row[0]);
	std::vector<std::string> unknown;
	for (const auto* list : {&settings.only_tables, &settings.except_tables})
		for (const std::string& table : *list)
			if (!standing.contains(table))
				unknown.push_back(table);
	if (!unknown.empty())
		throw pg::Failure(sqlstate::undefined_table,
		                  compose("none of the data links has %1%",
		                          unknown.size() == 1 ? "this table" : "these tables"))
		    .detail(join(unknown, ", "));
}

} // namespace datalinks::sync
