/*
 * The types that a link made for its columns (create_types). They are named in an option of its
 * server, which the server's owner can set to anything: only types that the owner could alter
 * count.
 */
#pragma once

#include <string>
#include <vector>

#include "link/link.hpp"

namespace datalinks::link
{

/* Those that stand, as format_type prints them, in the order in which they were made. */
std::vector<std::string> made_types(const Link& link);

/* The same, of the names that a link of this owner's left behind; none for an owner who is gone. */
std::vector<std::string> made_types(const std::vector<std::string>& names, unsigned owner);

/* Drops those of the types that nothing uses any more, and tells in one NOTICE which stay. */
void drop_unused_types(const std::vector<std::string>& types);

} // namespace datalinks::link
