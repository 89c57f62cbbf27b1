/*
 * What a server connects to: see target.hpp.
 */
#include "remote/target.hpp"

#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/servers.hpp"
#include "postgres/types.hpp"

namespace datalinks::remote
{

namespace
{

/* Whoever has a say in the connection: who asks for it, whose server it is, whose mapping. */
bool all_superusers(unsigned owner, unsigned role)
{
	return pg::is_superuser(pg::current_role()) && pg::is_superuser(pg::outer_role()) &&
	       pg::is_superuser(owner) && pg::is_superuser(role);
}

} // namespace

Target target_of(const Options& server, unsigned owner, const Options& mapping, unsigned role)
{
	Target target;
	target.connection = server;
	target.connection.insert(target.connection.end(), mapping.begin(), mapping.end());
	/* Only a superuser can put password_required=false into a mapping. */
	target.password_required =
	    !all_superusers(owner, role) && value_of(mapping, "password_required") != "false";
	/* The validator lets only superusers write such parameters into a mapping. */
	if (!pg::is_superuser(owner))
		target.unprivileged = server;
	/* A command that acts as the link's owner still answers to its caller. */
	target.tell_reason = pg::is_superuser(pg::current_role()) || pg::is_superuser(pg::outer_role());
	target.client_encoding = pg::database_encoding();
	/* Whoever looks after the remote sees which link it is. */
	target.application = "datalinks: " + value_of(server, "link");
	return target;
}

Target target_of(unsigned server, unsigned role)
{
	const pg::ForeignServer found = pg::foreign_server(server);
	const auto mapping = pg::mapping_options(server, role);
	if (!mapping)
		throw pg::Failure(pg::sqlstate::undefined_object,
		                  "user mapping not found for \"" + pg::role_name(role) + "\"");
	return target_of(found.options, found.owner, *mapping, role);
}

} // namespace datalinks::remote
