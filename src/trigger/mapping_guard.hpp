/*
 * Event trigger at the end of CREATE and ALTER USER MAPPING: who may lend a link's credentials.
 */
#pragma once

#include "postgres/event.hpp"

namespace datalinks::trigger
{

/*
 * A role with USAGE on a server may write its own mapping, but not one that lends it the owner's
 * credentials: throws 42501 for any such mapping of ours that somebody but the server's owner or a
 * superuser has written.
 */
void guard_mapping(const pg::Command& command);

} // namespace datalinks::trigger
