/*
 * What a link connects to, as the catalogs hold it now.
 */
#pragma once

#include <optional>

#include "link/link.hpp"
#include "remote/connection.hpp"

namespace datalinks::link
{

/*
 * The link's remote with the mapping that this role uses; nothing where it has none. The rule about
 * passwords follows the less privileged of that role, the caller and the server's owner; reasons
 * are told to superusers alone.
 */
std::optional<remote::Target> target_of(const Link& link, unsigned role);

} // namespace datalinks::link
