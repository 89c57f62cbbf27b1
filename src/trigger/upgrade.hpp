/*
 * Event trigger at the end of ALTER EXTENSION: what pg_upgrade means for where links are at home.
 */
#pragma once

#include "postgres/event.hpp"

namespace datalinks::trigger
{

/* For the extension's script: the wrapper says which cluster the database is in. */
void note_cluster();

/*
 * pg_upgrade makes a database anew in another cluster, under its old OID, from a dump of its own
 * kind. In it the wrapper says which cluster the database was in: the links that were at home there
 * are at home here, those that were copies stay such. An ordinary dump does not hold that.
 */
void follow_upgrade(const pg::Command& command);

} // namespace datalinks::trigger
