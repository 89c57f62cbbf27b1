/*
 * datalink_check: whether the remotes answer.
 */
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "postgres/function.hpp"

namespace datalinks::command
{

/*
 * Probes every link that the current user may use, or the one named, all at once and each for no
 * longer than the timeout. Returns rows of datalinks.link_check, ordered by name; whatever is wrong
 * with a remote is its row's status. Throws 22023 for a timeout that is not positive or over an
 * hour, 42704 for a name that no link has, 42501 for one that the user has no rights on, 53000
 * where descriptors run short; pg::Error when cancelled.
 */
pg::Rows check(const std::optional<std::string>& name, std::chrono::microseconds timeout);

} // namespace datalinks::command
