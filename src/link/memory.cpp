/*
 * The links that were reset: see memory.hpp.
 */
#include "link/memory.hpp"

#include "link/options.hpp"
#include "postgres/extensions.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/schemas.hpp"
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
	"name, remote, remote_name, options, owner, owner_oid, cluster, grants, created_at, reason,"   \
	" invalidated_at, schema_comment, server_comment"

enum InvalidColumn
{
	name,
	remote_url,
	remote_name,
	options_held,
	owner_name,
	owner_oid,
	cluster,
	grants_held,
	created_at,
	invalidity,
	invalidated_at,
	schema_comment,
	server_comment
};

/* Each option as "keyword=value", as the catalogs have them. */
std::string options_literal(const pg::Options& options)
{
	std::vector<std::string> texts;
	for (const auto& [keyword, value] : options)
		texts.emplace_back(keyword).append("=").append(value);
	return schema::array_literal(texts);
}

pg::Options options_of(const std::string& literal)
{
	pg::Options options;
	for (const std::string& text : pg::parse_text_array(literal))
		if (const auto end = text.find('='); end != text.npos)
			options.push_back({text.substr(0, end), text.substr(end + 1)});
	return options;
}

InvalidLink link_of(const pg::Row& row)
{
	const pg::Options options = options_of(*row[options_held]);
	const auto settings = read_settings(options);
	if (!settings)
		throw pg::Failure(
		    pg::sqlstate::internal_error,
		    schema::compose("the options of invalid data link \"%1%\" cannot be read", *row[name]));
	const pg::Options server_options = without_settings(options, *settings);
	const Comments comments{row[schema_comment].value_or(""), row[server_comment].value_or("")};
	return {*row[name],
	        *row[remote_url],
	        row[remote_name].value_or(""),
	        *settings,
	        server_options,
	        *row[owner_name],
	        static_cast<unsigned>(std::stoul(*row[owner_oid])),
	        *row[cluster],
	        *row[grants_held],
	        row[created_at].value_or(""),
	        *row[invalidated_at],
	        *row[invalidity],
	        comments};
}

/* As in most databases: planning a query of the table takes longer than this look. */
bool is_nothing_remembered()
{
	return pg::is_empty_table("datalinks", "invalid_link");
}

/* Reads the rows that fulfil a condition of ours. */
std::vector<InvalidLink> select(const std::string& condition,
                                const std::vector<pg::Value>& parameters)
{
	std::vector<InvalidLink> links;
	if (is_nothing_remembered())
		return links;
	for (const pg::Row& row : spi::query("SELECT " COLUMNS " FROM datalinks.invalid_link " +
	                                         condition + " ORDER BY name COLLATE pg_catalog.\"C\"",
	                                     parameters))
		links.push_back(link_of(row));
	return links;
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

void remember(const Link& link, const std::string& grants, const Comments& comments,
              const std::string& reason)
{
	const auto older = find_invalid_link(link.name);
	if (older && owner_of(*older) != link.owner)
		return;
	forget(link.name);
	const pg::UserSwitch as_owner(pg::extension_owner());
	spi::query("INSERT INTO datalinks.invalid_link (" COLUMNS ")"
	           " VALUES ($1, $2, $3, $4::pg_catalog.text[], $5, $6::pg_catalog.oid,"
	           " $7::pg_catalog.int8, $8::pg_catalog.jsonb, $9::pg_catalog.timestamptz, $10,"
	           " pg_catalog.now(), $11, $12)",
	           {link.name, remote::display(link.options, ""),
	            pg::text_or_null(remote::database_of(link.options, "")),
	            options_literal(options_kept(link)), pg::role_name(link.owner),
	            std::to_string(link.owner), pg::cluster(), grants,
	            pg::text_or_null(link.created_at), reason, pg::text_or_null(comments.schema),
	            pg::text_or_null(comments.server)});
}

void forget(const std::string& name)
{
	if (is_nothing_remembered())
		return;
	const pg::UserSwitch as_owner(pg::extension_owner());
	spi::query("DELETE FROM datalinks.invalid_link WHERE name OPERATOR(pg_catalog.=) $1", {name});
}

unsigned owner_of(const InvalidLink& link)
{
	if (link.cluster != pg::cluster())
		return pg::find_role(link.owner);
	return pg::role_exists(link.owner_oid) ? link.owner_oid : 0;
}

bool is_owner(const InvalidLink& link)
{
	const unsigned owner = owner_of(link);
	return (owner != 0 && pg::has_privileges_of(pg::current_role(), owner)) ||
	       pg::has_privileges_of(pg::current_role(), pg::database_owner());
}

bool merely_claims(const Link& link, const InvalidLink& invalid)
{
	return own_schema_of(link) == 0 && owner_of(invalid) != link.owner;
}

void require_owner(const InvalidLink& link)
{
	if (!is_owner(link))
		fail_not_owner(link.name);
}

void require_not_taken(const InvalidLink& link)
{
	const unsigned schema = pg::find_schema(link.name);
	if (schema == 0 || pg::schema_owner(schema) == owner_of(link))
		return;
	throw pg::Failure(pg::sqlstate::insufficient_privilege,
	                  schema::compose("the name of invalid data link \"%1%\" is taken", link.name))
	    .detail(
	        schema::compose("The link was role \"%1%\"'s; the schema of its name now belongs to "
	                        "role \"%2%\".",
	                        link.owner, pg::role_name(pg::schema_owner(schema))))
	    .hint("Drop or rename that schema, or datalink_drop() what is that role's link, or choose "
	          "another name.");
}

} // namespace datalinks::link
