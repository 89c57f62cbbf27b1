/*
 * Moving with pg_upgrade: see upgrade.hpp.
 */
#include "trigger/upgrade.hpp"

#include <string>

#include "postgres/extensions.hpp"
#include "postgres/guard.hpp"
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
