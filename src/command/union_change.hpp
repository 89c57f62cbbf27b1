/*
 * datalink_union_add and datalink_union_remove; datalink_diff and datalink_refresh of a union.
 */
#pragma once

#include <string>

#include "link/union.hpp"
#include "postgres/function.hpp"
#include "sync/bring_up.hpp"

namespace datalinks::command
{

/* Rows of datalink_diff(). For the union's owner; throws 42501 for others. */
pg::Rows diff_union(const link::Union& unified);

/* Rows of datalink_refresh(). Throws what lock_owned_union and sync::bring_up_union do. */
pg::Rows refresh_union(const std::string& name, const sync::BringUp& options);

/*
 * Takes a link into a union. Throws, besides, 42710 where it is in it already, and what there is
 * against the link, as datalink_union() does.
 */
void add_to_union(const std::string& name, const std::string& link, bool cascade);

/* Takes it out, whether or not it stands. Throws, besides, 42704 where it is not in it. */
void remove_from_union(const std::string& name, const std::string& link, bool cascade);

} // namespace datalinks::command
