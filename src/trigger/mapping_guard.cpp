/*
 * Lending: see mapping_guard.hpp.
 */
#include "trigger/mapping_guard.hpp"

#include "link/union.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/servers.hpp"
#include "schema/text.hpp"

namespace datalinks::trigger
{

void guard_mapping(const pg::Command& command)
{
	if (!command.mapping)
		return;
	const auto& [name, role] = *command.mapping;
	const unsigned server = pg::find_server(name);
	if (server == 0 || !pg::is_of_our_wrapper(server))
		return;
	if (!pg::server_option(server, link::union_option).empty())
		throw pg::Failure(link::wrong_object_type,
		                  schema::compose("foreign server \"%1%\" is a union of data links", name))
		    .hint("Its views read through the user mappings that their owner has with the links.");
	if (pg::owns_server(server))
		return;
	const auto mapping = pg::own_mapping_options(server, role);
	if (!mapping || !pg::lends(*mapping))
		return;
	throw pg::Failure(
	    pg::sqlstate::insufficient_privilege,
	    schema::compose("must be owner of foreign server \"%1%\" to lend its owner's credentials",
	                    name))
	    .hint("datalink_grant(), called by the owner of the data link, lets a role use it.");
}

} // namespace datalinks::trigger
