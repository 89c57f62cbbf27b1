/*
 * Unions of links follow new names: see union_rename.hpp.
 */
#include "trigger/union_rename.hpp"

#include <algorithm>

#include "link/own_statements.hpp"
#include "link/union.hpp"
#include "postgres/extensions.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/union_members.hpp"
#include "trigger/attempt.hpp"

namespace datalinks::trigger
{

namespace
{

using link::Union;
using schema::compose;
using schema::quote_identifier;

/* The union has its new name already; a server that bears the old one is renamed along with it. */
void rename_union(const Union& unified, const std::string& from)
{
	const pg::UserSwitch as_owner(pg::extension_owner());
	pg::lock_server_against_changes(unified.server);
	const std::string server = quote_identifier(unified.server_name);
	spi::execute(compose("ALTER SERVER %1% OPTIONS (SET \"union\" %2%)", server,
	                     schema::quote_literal(unified.name)));
	if (unified.server_name != from)
		return;
	int nth = 1;
	while (pg::find_server(schema::server_name(unified.name, nth)) != 0)
		++nth;
	spi::execute(compose("ALTER SERVER %1% RENAME TO %2%", server,
	                     quote_identifier(schema::server_name(unified.name, nth))));
}

void rename_member(const Union& unified, const std::string& from, const std::string& to)
{
	const pg::UserSwitch as_owner(pg::extension_owner());
	pg::lock_server_against_changes(unified.server);
	link::UnionSettings settings = unified.settings;
	std::replace(settings.links.begin(), settings.links.end(), from, to);
	link::alter_union(unified, settings);
}

bool is_in(const std::vector<std::string>& names, const std::string& name)
{
	return std::find(names.begin(), names.end(), name) != names.end();
}

void follow(Union unified, const std::string& from, const std::string& to,
            const std::optional<link::Link>& link)
{
	/* Under its new name the schema must be the union's own: anybody may name any schema. */
	const bool itself = unified.name == from;
	if (itself)
		unified.name = to;
	if (itself && link::own_schema_of(unified) != 0)
		rename_union(unified, from);
	/* Nor may who took the name of a link that is gone take its place with it. */
	else if (!itself && link && is_in(unified.settings.links, from) &&
	         !is_in(unified.settings.links, to) && sync::is_trusted(unified, *link))
		rename_member(unified, from, to);
}

} // namespace

void follow_in_unions(const std::string& from, const std::string& to)
{
	std::vector<Union> unions;
	std::optional<link::Link> link;
	(void)attempt_without_waiting([&] {
		unions = link::all_unions();
		link = unions.empty() ? std::nullopt : link::find_link(to);
		if (link && link::own_schema_of(*link) == 0)
			link.reset();
	});
	const link::OwnStatements own;
	for (const Union& unified : unions)
		if (const auto failure = attempt_without_waiting([&] { follow(unified, from, to, link); }))
			pg::warning(
			    compose("data link union \"%1%\" could not follow a new name", unified.name),
			    *failure);
}

} // namespace datalinks::trigger
