/*
 * datalink_set_remote: pointing a link elsewhere.
 */
#pragma once

#include <string>

namespace datalinks::command
{

/*
 * Alters server and mapping to the new URL; tables and what was built on them stay. An invalid link
 * is rebuilt for its owner, with the settings, server options and grants that are remembered. Drift
 * against the new remote is told in a NOTICE. Throws 42704 for an unknown link, 42501 where the
 * caller does not own it or another role has taken the name of an invalid one, 55000 where the
 * schema of its name is not its own, and what create() throws for the URL and the remote.
 */
void set_remote(const std::string& name, const std::string& url);

} // namespace datalinks::command
