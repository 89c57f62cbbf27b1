/*
 * datalink_drop: see drop.hpp.
 */
#include "link/drop.hpp"

#include "link/dependents.hpp"
#include "link/invalid_links.hpp"
#include "link/lock_table.hpp"
#include "link/made_types.hpp"
#include "link/operation.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

namespace sqlstate = pg::sqlstate;
using schema::compose;
using schema::join;
using schema::quote_identifier;

/* The link under the lock of its drop: nobody else can be dropping it, or have dropped it. */
std::optional<Link> lock(const std::string& name)
{
	for (;;)
	{
		const auto link = find_link(name);
		if (!link)
			return std::nullopt;
		if (!pg::owns_server(link->server))
		{
			/* Somebody else's mere claim to the name of an invalid link. */
			if (own_schema_of(*link) == 0 && find_invalid_link(name))
				return std::nullopt;
			throw pg::Failure(sqlstate::insufficient_privilege,
			                  compose("must be owner of data link \"%1%\"", name));
		}
		if (pg::lock_server(link->server))
			return find_link(name);
	}
}

void require_no_dependents(const Link& link)
{
	const auto dependents = texts_of(dependents_outside(link));
	if (!dependents.empty())
		throw pg::Failure(
		    sqlstate::dependent_objects_still_exist,
		    compose("cannot drop data link \"%1%\" because other objects depend on it", link.name))
		    .detail(join(dependents, "\n"))
		    .hint("datalink_drop(name, cascade => true) drops them too.");
}

/* An invalid link, of which only the memory is left, and perhaps an empty schema. */
bool drop_remembered(const std::string& name)
{
	const auto invalid = find_invalid_link(name);
	if (!invalid)
		return false;
	require_owner(*invalid);
	if (!drop_empty_schema(name))
		pg::notice(compose("schema \"%1%\" is not empty and stays", name));
	forget(name);
	return true;
}

} // namespace

bool drop_empty_schema(const std::string& name)
{
	if (pg::find_schema(name) == 0)
		return true;
	try
	{
		pg::Subtransaction attempt;
		spi::execute(compose("DROP SCHEMA %1% RESTRICT", quote_identifier(name)));
		attempt.commit();
		return true;
	}
	catch (const pg::Error& error)
	{
		if (error.code() != sqlstate::dependent_objects_still_exist &&
		    error.code() != sqlstate::insufficient_privilege)
			throw;
		return false;
	}
}

void drop_server_and_schema(const Link& link)
{
	const auto dependents = texts_of(dependents_outside(link));
	const bool own_schema = own_schema_of(link) != 0;
	const auto types = made_types(link);
	require_locks_to_drop(link);
	{
		/* The server's own notices would name every table of the link. */
		pg::SettingScope settings;
		settings.set("client_min_messages", "warning");
		with_lock_hint(locks_to_drop(link), [&] {
			spi::execute(compose("DROP SERVER %1% CASCADE", quote_identifier(link.server_name)));
			if (own_schema)
				spi::execute(compose("DROP SCHEMA %1% CASCADE", quote_identifier(link.name)));
		});
	}
	drop_unused_types(types);
	if (!dependents.empty())
		pg::notice(compose("dropping data link \"%1%\" dropped %2% outside its schema", link.name,
		                   dependents.size() == 1 ? std::string("an object")
		                                          : compose("%1% objects", dependents.size())),
		           join(dependents, "\n"));
}

void drop(const std::string& name, bool if_exists, bool cascade)
{
	const Operation operation;
	pg::require_read_write("datalink_drop()");
	const auto link = lock(name);
	if (link)
	{
		const auto invalid = find_invalid_link(name);
		if (invalid && own_schema_of(*link) == 0)
			require_owner(*invalid);
		if (!cascade)
			require_no_dependents(*link);
		drop_server_and_schema(*link);
		/* Another role's link under the name of one that was reset is not that one. */
		if (invalid && owner_of(*invalid) == link->owner)
			forget(name);
		return;
	}
	if (drop_remembered(name))
		return;
	if (!if_exists)
		fail_unknown(name);
	require_link_name(name);
	pg::notice(compose("data link \"%1%\" does not exist, skipping", name));
}

} // namespace datalinks::link
