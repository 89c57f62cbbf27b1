/*
 * datalink_in_doubt: the transactions of this database that remotes hold prepared.
 */
#pragma once

#include "postgres/function.hpp"

namespace datalinks::command
{

/*
 * A row each: the link, its GID, since when, what became of it here. Throws pg::Error when the wait
 * for a remote was cancelled.
 */
pg::Rows in_doubt();

} // namespace datalinks::command
