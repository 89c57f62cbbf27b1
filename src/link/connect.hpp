/*
 * From a link to a session with its remote.
 */
#pragma once

#include <optional>

#include "link/link.hpp"
#include "remote/connection.hpp"
#include "remote/session.hpp"

namespace datalinks::link
{

/*
 * The link's remote with the mapping that this role uses; nothing where it has none and needs one.
 * The rule about passwords follows the less privileged of that role, the caller and the server's
 * owner; reasons are told to superusers alone. Throws what remote::target_of does for a named URL.
 */
std::optional<remote::Target> target_of(const Link& link, unsigned role);

/*
 * Connects by the options as the catalogs hold them now, through the mapping of `role`. Throws
 * 42704 where that role has no mapping, and what remote::Session::open throws. A connection over a
 * network without TLS gets a NOTICE.
 */
remote::Session connect(const Link& link, unsigned role);

/* The same for a command that has connected before: the NOTICE came then. */
remote::Session connect_again(const Link& link, unsigned role);

/* Stores the remote's version as the server's, where it is another. */
void store_version(const Link& link, const remote::Session& session);

} // namespace datalinks::link
