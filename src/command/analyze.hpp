/*
 * datalink_analyze.
 */
#pragma once

#include <string>

namespace datalinks::command
{

/*
 * Copies the remote's statistics of the link's tables into the planner's, as the link's owner, and
 * returns of how many tables there were any. Throws 42704 for an unknown name, 55000 for an invalid
 * link, 42501 where it is not the caller's, and what connecting and reading throw.
 */
int analyze(const std::string& name);

} // namespace datalinks::command
