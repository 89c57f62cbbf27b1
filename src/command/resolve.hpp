/*
 * datalink_resolve: ends what remotes hold prepared as the transaction has ended here.
 */
#pragma once

#include <optional>
#include <string>

#include "postgres/function.hpp"

namespace datalinks::command
{

/*
 * Of one link, or of all. A row each: the link, its GID, what became of the transaction here, what
 * was done there. What is done there is done for good: no ROLLBACK here takes it back. Throws 25006
 * where nothing may be written, so on a standby; for a link by name what link::visit_prepared does.
 */
pg::Rows resolve(const std::optional<std::string>& name);

} // namespace datalinks::command
