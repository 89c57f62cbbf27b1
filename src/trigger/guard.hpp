/*
 * Event triggers at the end of a command (ddl_command_end): who may lend a link's credentials, and
 * what pg_upgrade means for where links are at home.
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

/* For the extension's script: the wrapper says which cluster the database is in. */
void note_cluster();

/*
 * pg_upgrade makes a database anew in another cluster, under its old OID, from a dump of its own
 * kind. In it the wrapper says which cluster the database was in: the links that were at home there
 * are at home here, those that were copies stay such. An ordinary dump does not hold that.
 */
void follow_upgrade(const pg::Command& command);

} // namespace datalinks::trigger
