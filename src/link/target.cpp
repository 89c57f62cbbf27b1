/*
 * What a link connects to: see target.hpp.
 */
#include "link/target.hpp"

#include "postgres/roles.hpp"
#include "postgres/types.hpp"

namespace datalinks::link
{

namespace
{

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
	const remote::Options options = to_options(*mapping);
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

} // namespace datalinks::link
