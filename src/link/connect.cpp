/*
 * From a link to its remote: see connect.hpp.
 */
#include "link/connect.hpp"

#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/spi.hpp"
#include "postgres/types.hpp"
#include "remote/hosts.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

using schema::compose;

/* Whoever has a say in the connection: who asks for it, whose server it is, whose mapping. */
bool all_superusers(const Link& link, unsigned role)
{
	return pg::is_superuser(pg::current_role()) && pg::is_superuser(pg::outer_role()) &&
	       pg::is_superuser(link.owner) && pg::is_superuser(role);
}

} // namespace

std::optional<remote::Target> target_of(const Link& link, unsigned role)
{
	const auto mapping = pg::mapping_options(link.server, role);
	if (!mapping)
		return std::nullopt;
	const remote::Options options = *mapping;
	remote::Target target;
	target.connection = link.options;
	target.connection.insert(target.connection.end(), options.begin(), options.end());
	/* Only a superuser can put password_required=false into a mapping. */
	target.password_required =
	    !all_superusers(link, role) && remote::value_of(options, "password_required") != "false";
	/* The validator lets only superusers write such parameters into a mapping. */
	if (!pg::is_superuser(link.owner))
		target.unprivileged = link.options;
	/* A command that acts as the link's owner still answers to its caller. */
	target.tell_reason = pg::is_superuser(pg::current_role()) || pg::is_superuser(pg::outer_role());
	target.client_encoding = pg::database_encoding();
	return target;
}

remote::Session connect(const Link& link, unsigned role)
{
	const auto target = target_of(link, role);
	if (!target)
		throw pg::Failure(pg::sqlstate::undefined_object,
		                  compose("role \"%1%\" has no user mapping for data link \"%2%\"",
		                          pg::role_name(role), link.name));
	remote::Session session = remote::Session::open(*target);
	if (remote::over_network(link.options) && !session.uses_tls())
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
