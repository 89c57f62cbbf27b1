/*
 * Whatever runs on the remote: its errors get the hint that mends them. A foreign table that does
 * not fit the remote any more shows only when it is used, and by then the remote's own words (no
 * such column, no such label) say nothing of what mends it.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <type_traits>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* What the hints name; asked for beforehand, because an error must not ask the catalogs. */
struct Watch
{
	const char* link; /* the schema's name; nullptr when there is none */
	const char* server;
	bool owner_is_mapped;
};

/* Of a foreign table; of a server's join, its first. Server code. */
Watch watch_of(Oid table, Oid server);
Watch watch_of(Oid table);

/* The server calls it while it raises an error, or less. */
void add_hint(void* watch);

/* Runs server code; an error in it gets its hint, and takes the callback away again. */
template <typename Body>
auto watched(const Watch& watch, Body body)
{
	ErrorContextCallback callback{error_context_stack, add_hint, const_cast<Watch*>(&watch)};
	error_context_stack = &callback;
	if constexpr (std::is_void_v<decltype(body())>)
	{
		body();
		error_context_stack = callback.previous;
	}
	else
	{
		auto result = body();
		error_context_stack = callback.previous;
		return result;
	}
}

/* The planner's callback: it asks the remote nothing, but may find that the user has no mapping. */
void get_foreign_rel_size(PlannerInfo* root, RelOptInfo* relation, Oid table);

} // namespace datalinks::fdw
