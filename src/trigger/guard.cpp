/*
 * Lending and moving: see guard.hpp.
 */
#include "trigger/guard.hpp"

#include "link/link.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/servers.hpp"
#include "postgres/spi.hpp"
#include "remote/home.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "trigger/attempt.hpp"

namespace datalinks::trigger
{

namespace
{

using schema::compose;

void set_cluster(const char* action)
{
	spi::execute(compose("ALTER FOREIGN DATA WRAPPER datalinks OPTIONS (%1% %2% %3%)", action,
	                     remote::cluster_option, schema::quote_literal(pg::cluster())));
}

void move_links(const std::string& from)
{
	const std::string home = remote::home_in(from);
	for (const pg::ForeignServer& server : pg::foreign_servers())
		if (remote::value_of(server.options, remote::home_option) == home)
			spi::execute(compose("ALTER SERVER %1% OPTIONS (SET %2% %3%)",
			                     schema::quote_identifier(server.name), remote::home_option,
			                     schema::quote_literal(remote::home())));
	set_cluster("SET");
}

} // namespace

void guard_mapping(const pg::Command& command)
{
	if (!command.mapping)
		return;
	const auto& [name, role] = *command.mapping;
	const unsigned server = pg::find_server(name);
	if (server == 0 || !pg::is_of_our_wrapper(server) || pg::owns_server(server))
		return;
	const auto mapping = pg::own_mapping_options(server, role);
	if (!mapping || !pg::lends(*mapping))
		return;
	throw pg::Failure(
	    pg::sqlstate::insufficient_privilege,
	    compose("must be owner of foreign server \"%1%\" to lend its owner's credentials", name))
	    .hint("datalink_grant(), called by the owner of the data link, lets a role use it.");
}

void note_cluster()
{
	set_cluster("ADD");
}

void follow_upgrade(const pg::Command&)
{
	if (!pg::in_binary_upgrade() || !pg::extension_exists())
		return;
	const auto failure = attempt_without_waiting([&] {
		const std::string from = pg::wrapper_option(remote::cluster_option);
		if (!from.empty() && from != pg::cluster())
			move_links(from);
	});
	if (failure)
		pg::warning("data links have to be confirmed after the upgrade (datalink_confirm())",
		            *failure);
}

} // namespace datalinks::trigger
