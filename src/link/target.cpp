/*
 * What a link connects to: see target.hpp.
 */
#include "link/target.hpp"

#include "postgres/roles.hpp"
#include "postgres/types.hpp"

namespace datalinks::link
{

std::optional<remote::Target> target_of(const Link& link, unsigned role)
{
	const auto mapping = pg::mapping_options(link.server, role);
	if (!mapping)
		return std::nullopt;
	const remote::Options options = to_options(*mapping);
	/* Only a superuser can put password_required=false into a mapping. */
	remote::Target target{link.options,
	                      !pg::is_superuser(role) &&
	                          remote::value_of(options, "password_required") != "false",
	                      pg::is_superuser(pg::current_role()), pg::database_encoding()};
	target.connection.insert(target.connection.end(), options.begin(), options.end());
	return target;
}

} // namespace datalinks::link
