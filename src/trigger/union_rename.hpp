/*
 * Unions of links follow the new names of schemas: their own, and those of their links.
 */
#pragma once

#include <string>

namespace datalinks::trigger
{

/* After a schema got a new name, and its link with it. Never throws: what fails is a WARNING. */
void follow_in_unions(const std::string& from, const std::string& to);

} // namespace datalinks::trigger
