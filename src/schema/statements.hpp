/*
 * SQL text that brings a link's schema to what the remote offers. Names are always quoted, so
 * that no text of the remote's can be more than a name.
 */
#pragma once

#include <string>

#include "schema/diff.hpp"

namespace datalinks::schema
{

/* Where the foreign tables of a link stand. */
struct Place
{
	std::string server;        /* the foreign server's name */
	std::string schema;        /* the local schema, named as the link */
	std::string remote_schema; /* the remote's schema */
};

/*
 * The statement that makes the change; with cascade, a drop in it takes dependants along, without
 * it is refused where there are any. For a guess, what would make it come true; empty for a type
 * that was made, or that does not fit.
 */
std::string statement(const Change& change, const Place& place, bool cascade);

} // namespace datalinks::schema
