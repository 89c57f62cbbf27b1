/*
 * Asking a remote to cancel what it is doing for a connection.
 */
#pragma once

#include <vector>

struct pg_conn;

namespace datalinks::pg
{

/*
 * Sends the request, over a connection of its own, within a second; what comes of it shows in the
 * answer to the query. Returns whether it was taken; where it was not, the query goes on.
 */
bool cancel_query(pg_conn* connection) noexcept;

/* The same for several, at once. Throws std::bad_alloc alone. */
std::vector<bool> cancel_queries(const std::vector<pg_conn*>& connections);

} // namespace datalinks::pg
