/*
 * A link by name, for a caller with the rights to do something with it.
 */
#pragma once

#include <string>

#include "link/link.hpp"
#include "postgres/scope.hpp"

namespace datalinks::link
{

/* The link of this name. Throws 42704 for an unknown name, 55000 for a link that was reset. */
Link require_link(const std::string& name);

/* Throws 55000, with the reason, for a link that is not valid. */
void require_valid(const Link& link);

/*
 * A valid link that the caller may look at through a mapping: owner, or USAGE on the server.
 * Throws 42704 for an unknown name, 55000 for an invalid link, 42501 without the rights.
 */
Link require_usable(const std::string& name);

/*
 * A valid link of the caller's, locked against other changes of it until the transaction ends.
 * Throws as require_usable does.
 */
Link require_owned(const std::string& name);

/* The same, whether or not the link is valid. */
Link lock_owned(const std::string& name);

/*
 * Acts as the role that owns the link for as long as the result lives, as REFRESH MATERIALIZED VIEW
 * does: what is made is the owner's, and what runs has no more than the owner's rights. Throws
 * 42501 for a superuser's link where the caller is none: that would be more than the caller has.
 */
pg::UserSwitch act_as_owner(unsigned owner, const std::string& link);

} // namespace datalinks::link
