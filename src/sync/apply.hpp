/*
 * Applying changes to a link's schema, statement by statement.
 */
#pragma once

#include <string>

#include "link/link.hpp"
#include "schema/diff.hpp"
#include "schema/statements.hpp"

namespace datalinks::sync
{

/* Where a change of the link's takes place. */
schema::Place place_of(const link::Link& link, const schema::Change& change);

/* The local identity of what changed. */
std::string object_text(const schema::Change& change, const link::Link& link);

/*
 * Applies the changes with the caller's rights, and shows how far it is as `shown`, a text without
 * secrets, and so many `unit`s. With cascade, what depends on a thing that is dropped goes along;
 * without it nothing does. An error tells which change it came from.
 */
void apply(const link::Link& link, const schema::Changes& changes, bool cascade,
           const std::string& shown, const char* unit);

} // namespace datalinks::sync
