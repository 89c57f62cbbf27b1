/*
 * datalink_diff and datalink_refresh.
 */
#pragma once

#include <string>
#include <vector>

#include "postgres/function.hpp"
#include "sync/bring_up.hpp"

namespace datalinks::command
{

/*
 * datalink_diff: rows (object, change, detail, blocked_by). Throws 42704 for an unknown link, 55000
 * for an invalid one, 42501 without rights on the link.
 */
pg::Rows diff(const std::string& name);

/*
 * datalink_refresh: the same rows, applied; under skip_blocked, those that are blocked are not, nor
 * those of tables that others keep locked. Throws besides what bring_up() throws.
 */
pg::Rows refresh(const std::string& name, const sync::BringUp& options);

} // namespace datalinks::command
