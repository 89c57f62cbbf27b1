/*
 * What a server of our wrapper connects to, and on whose behalf.
 */
#pragma once

#include <optional>

#include "remote/connection.hpp"

namespace datalinks::remote
{

/*
 * By what the catalogs hold now: the server's options, and the credentials of the mapping that this
 * role uses, or those of the server's owner where that mapping lends them (pg::lends). The rule
 * about passwords follows the least privileged of that role, the caller and the server's owner;
 * reasons are told to superusers alone. Nothing where the role has no mapping; throws 42704 where
 * there is no such server, or its owner has nothing to lend.
 *
 * Of a named URL, what the administrator's file says counts, and nothing else; a mapping is not
 * needed. Throws what named_connection does, for the owner and, unless the owner lends it, for the
 * role, and 22023 where an option of the server or the mapping is a connection parameter.
 */
std::optional<Target> find_target(unsigned server, unsigned role);

/* The same; throws 42704 where there is no mapping, too. */
Target target_of(unsigned server, unsigned role);

/*
 * The 25006 for whoever writes over the server on this role's behalf, or locks rows; nothing where
 * that may be. By what the catalogs hold now.
 */
std::optional<pg::Failure> refusal_to_write(unsigned server, unsigned role);

} // namespace datalinks::remote
