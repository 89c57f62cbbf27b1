/*
 * The links that were reset: see invalid_links.hpp.
 */
#include "link/invalid_links.hpp"

#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "postgres/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

/* The columns of datalinks.invalid_link. */
#define COLUMNS                                                                                    \
	"name, remote, remote_name, remote_schema, only_tables, except_tables, read_only,"             \
	" create_types, types_made, owner, grants, created_at, reason, invalidated_at"

enum InvalidColumn
{
	name,
	remote_url,
	remote_name,
	remote_schema,
	only_tables,
	except_tables,
	read_only,
	create_types,
	types_made,
	owner_name,
	grants_held,
	created_at,
	invalidity,
	invalidated_at
};

InvalidLink link_of(const spi::Row& row)
{
	const Settings settings{*row[remote_schema],
	                        pg::parse_text_array(*row[only_tables]),
	                        pg::parse_text_array(*row[except_tables]),
	                        *row[read_only] == "t",
	                        *row[create_types] == "t",
	                        pg::parse_text_array(*row[types_made])};
	return {*row[name],
	        *row[remote_url],
	        row[remote_name].value_or(""),
	        settings,
	        *row[owner_name],
	        *row[grants_held],
	        row[created_at].value_or(""),
	        *row[invalidated_at],
	        *row[invalidity]};
}

/* Reads the rows that fulfil a condition of ours. */
std::vector<InvalidLink> select(const std::string& condition,
                                const std::vector<spi::Value>& parameters)
{
	std::vector<InvalidLink> links;
	for (const spi::Row& row : spi::query("SELECT " COLUMNS " FROM datalinks.invalid_link " +
	                                          condition + " ORDER BY name COLLATE pg_catalog.\"C\"",
	                                      parameters))
		links.push_back(link_of(row));
	return links;
}

const char* boolean(bool value)
{
	return value ? "t" : "f";
}

} // namespace

std::vector<InvalidLink> all_invalid_links()
{
	return select("", {});
}

std::optional<InvalidLink> find_invalid_link(const std::string& name)
{
	auto found = select("WHERE name OPERATOR(pg_catalog.=) $1", {name});
	if (found.empty())
		return std::nullopt;
	return std::move(found.front());
}

void remember(const Link& link, const std::string& grants, const std::string& reason)
{
	const Settings& settings = link.settings;
	const spi::Value created = link.created_at.empty() ? std::nullopt : spi::Value(link.created_at);
	const std::string owner = pg::role_name(link.owner);
	const std::string remote_name = remote::database_of(link.options, "");
	const auto older = find_invalid_link(link.name);
	if (older && older->owner != owner)
		return;
	forget(link.name);
	const pg::UserSwitch as_owner(pg::extension_owner());
	spi::query("INSERT INTO datalinks.invalid_link (" COLUMNS ")"
	           " VALUES ($1, $2, $3, $4, $5::pg_catalog.text[], $6::pg_catalog.text[],"
	           " $7::pg_catalog.bool, $8::pg_catalog.bool, $9::pg_catalog.text[], $10,"
	           " $11::pg_catalog.jsonb, $12::pg_catalog.timestamptz, $13, pg_catalog.now())",
	           {link.name, remote::display(link.options, ""),
	            remote_name.empty() ? std::nullopt : spi::Value(remote_name),
	            settings.remote_schema, schema::array_literal(settings.only_tables),
	            schema::array_literal(settings.except_tables), boolean(settings.read_only),
	            boolean(settings.create_types), schema::array_literal(settings.types_made), owner,
	            grants, created, reason});
}

void forget(const std::string& name)
{
	const pg::UserSwitch as_owner(pg::extension_owner());
	spi::query("DELETE FROM datalinks.invalid_link WHERE name OPERATOR(pg_catalog.=) $1", {name});
}

bool is_owner(const InvalidLink& link)
{
	const unsigned owner = pg::find_role(link.owner);
	return (owner != 0 && pg::has_privileges_of(pg::current_role(), owner)) ||
	       pg::has_privileges_of(pg::current_role(), pg::database_owner());
}

void require_owner(const InvalidLink& link)
{
	if (!is_owner(link))
		throw pg::Failure(pg::sqlstate::insufficient_privilege,
		                  schema::compose("must be owner of data link \"%1%\"", link.name));
}

} // namespace datalinks::link
