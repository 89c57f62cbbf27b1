/*
 * Making links invalid, from within somebody else's command: nothing here may make that command
 * fail or wait for a lock.
 */
#pragma once

#include <string>
#include <vector>

#include "trigger/notes.hpp"

namespace datalinks::trigger
{

struct Verdict
{
	NotedLink noted;
	std::string reason;
	bool clear; /* its server and schema, as far as they still stand, go too */
};

/*
 * For each link: at once its row in datalinks.invalid_link, and its passwords go; then, where it
 * is to be cleared, the server with its tables, if every lock can be had without waiting and the
 * lock table has room, and the schema, if nothing else is in it. Superusers' links come first, then
 * those of owners with few: nobody can stand in another's way with many. Says in one WARNING what
 * happened. Only a cancel of the user's is passed on.
 */
void invalidate(std::vector<Verdict> verdicts);

} // namespace datalinks::trigger
