/*
 * The types that a link made for its columns (create_types). They are named in an option of its
 * server, which the server's owner can set to anything, and which another owner inherits: only
 * types that the link's owner owns count. What else the owner could alter, a superuser anything,
 * does not.
 */
#pragma once

#include <set>
#include <string>
#include <vector>

#include "link/link.hpp"

namespace datalinks::sync
{

/* The type's qualified name, the same whatever the settings of the session are. */
std::string stable_name(unsigned type);

/* Those that stand, by their stable names, in the order in which they were made. */
std::vector<std::string> made_types(const link::Link& link);

/* The same, of the names that a link of this owner's left behind; none for an owner who is gone. */
std::vector<std::string> made_types(const std::vector<std::string>& names, unsigned owner);

/* The OIDs of the types that the link made. */
std::set<unsigned> made_type_oids(const link::Link& link);

/*
 * Drops those of the types that nothing uses any more. Another link of the same owner's that uses
 * one inherits it, and drops it one day; one NOTICE tells which of the others stay.
 */
void drop_unused_types(const std::vector<std::string>& types, unsigned owner);

} // namespace datalinks::sync
