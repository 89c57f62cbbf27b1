/*
 * datalink_drop of a union: see union_drop.hpp.
 */
#include "command/union_drop.hpp"

#include "link/union.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/object_locks.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/dependents.hpp"

namespace datalinks::command
{

namespace
{

using link::Union;
using schema::compose;
using schema::join;

/* The union under the lock of its drop. */
std::optional<Union> lock(const std::string& name)
{
	for (;;)
	{
		auto unified = link::find_union(name);
		if (!unified)
			return std::nullopt;
		link::require_owned_union(*unified);
		if (pg::lock_server(unified->server))
			return link::find_union(name);
	}
}

sync::Dependents find_others(const Union& unified, unsigned schema)
{
	sync::Dependents others = sync::dependents_outside(unified.server, schema);
	for (sync::Dependent& local : sync::local_objects_in(schema, unified.settings.views))
		others.push_back(std::move(local));
	return others;
}

} // namespace

bool drop_union(const std::string& name, bool cascade)
{
	const auto unified = lock(name);
	if (!unified)
		return false;
	const unsigned schema = link::own_schema_of(*unified);
	if (schema != 0)
		(void)pg::lock_schema_for_drop(schema);
	const auto find = [&] { return find_others(*unified, schema); };
	const auto others = sync::texts_of(cascade ? sync::locked(find) : find());
	if (!cascade && !others.empty())
		throw pg::Failure(
		    pg::sqlstate::dependent_objects_still_exist,
		    compose("cannot drop data link union \"%1%\" because other objects depend on it", name))
		    .detail(join(others, "\n"))
		    .hint("datalink_drop(name, cascade => true) drops them too.");
	{
		/* The server's own notices would name every view. */
		pg::SettingScope settings;
		settings.set("client_min_messages", "warning");
		spi::execute(
		    compose("DROP SERVER %1% CASCADE", schema::quote_identifier(unified->server_name)));
		if (schema != 0)
			spi::execute(compose("DROP SCHEMA %1% CASCADE", schema::quote_identifier(name)));
	}
	if (pg::server_stands(unified->server) || (schema != 0 && pg::schema_stands(schema)))
		throw pg::Failure(
		    pg::sqlstate::serialization_failure,
		    compose("data link union \"%1%\" was renamed while it was being dropped", name))
		    .hint("Try again.");
	if (!others.empty())
		pg::notice(compose("dropping data link union \"%1%\" dropped %2% besides its views", name,
		                   others.size() == 1 ? std::string("an object")
		                                      : compose("%1% objects", others.size())),
		           join(others, "\n"));
	return true;
}

} // namespace datalinks::command
