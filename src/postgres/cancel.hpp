/*
 * Asking a remote to cancel what it is doing for a connection.
 */
#pragma once

struct pg_conn;

namespace datalinks::pg
{

/*
 * Sends the request, over a connection of its own, within a second; what comes of it shows in the
 * answer to the query. Returns whether it was taken; where it was not, the query goes on.
 */
bool cancel_query(pg_conn* connection) noexcept;

} // namespace datalinks::pg
