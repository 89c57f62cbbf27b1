/*
 * datalink_stats and datalink_stats_reset: what goes over the links, and how long it takes.
 */
#pragma once

#include <optional>
#include <string>

#include "postgres/function.hpp"

namespace datalinks::command
{

/*
 * A row for each link that this session has used, and one for each that any session has, where the
 * library is in shared_preload_libraries; of those that the caller may ask about: the link's owner,
 * who may use its server or has a mapping for it, members of pg_read_all_stats.
 */
pg::Rows stats();

/*
 * Begins at zero again: the session's sums, and those of all sessions, of the link of this name;
 * without a name, of all of the caller's links, and the session's of others. Not undone by a
 * ROLLBACK. Throws what link::require_link() throws, and 42501 where the link is not the caller's.
 */
void reset_stats(const std::optional<std::string>& name);

} // namespace datalinks::command
