/*
 * From a link to its remote: see connect.hpp.
 */
#include "link/connect.hpp"

#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/spi.hpp"
#include "postgres/types.hpp"
#include "remote/hosts.hpp"
#include "remote/target.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

using schema::compose;

std::optional<remote::Target> target_of(const Link& link, unsigned role)
{
	return remote::find_target(link.server, role);
}

namespace
{

remote::Target require_target(const Link& link, unsigned role)
{
	auto target = target_of(link, role);
	if (!target)
		throw pg::Failure(pg::sqlstate::undefined_object,
		                  compose("role \"%1%\" has no user mapping for data link \"%2%\"",
		                          pg::role_name(role), link.name));
	return std::move(*target);
}

} // namespace

remote::Session connect_again(const Link& link, unsigned role)
{
	return remote::Session::open(require_target(link, role));
}

remote::Session connect(const Link& link, unsigned role)
{
	const remote::Target target = require_target(link, role);
	remote::Session session = remote::Session::open(target);
	if (remote::over_network(target.connection) && !session.uses_tls())
		pg::notice("the connection to the remote is not encrypted", "",
		           "Add sslmode=require to the URL to insist on TLS.");
	return session;
}

void store_version(const Link& link, const remote::Session& session)
{
	const std::string version = session.version_text();
	if (version != link.version)
		spi::execute(compose("ALTER SERVER %1% VERSION %2%",
		                     schema::quote_identifier(link.server_name),
		                     schema::quote_literal(version)));
}

} // namespace datalinks::link
