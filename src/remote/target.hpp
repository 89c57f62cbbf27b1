/*
 * What a server of our wrapper connects to, and on whose behalf.
 */
#pragma once

#include "remote/connection.hpp"

namespace datalinks::remote
{

/*
 * From the options of a server and of the mapping that this role uses. The rule about passwords
 * follows the least privileged of that role, the caller and the server's owner; reasons are told to
 * superusers alone.
 */
Target target_of(const Options& server, unsigned owner, const Options& mapping, unsigned role);

/*
 * The same by what the catalogs hold now, the mapping being the role's own or PUBLIC's. Throws
 * 42704 where there is no such server or mapping.
 */
Target target_of(unsigned server, unsigned role);

} // namespace datalinks::remote
