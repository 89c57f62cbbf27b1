/*
 * datalink_connections() and datalink_disconnect(): the connections to remotes that this session
 * holds open, those that postgres_fdw writes over and our own, over which queries read.
 */
#pragma once

#include <optional>
#include <string>

struct FunctionCallInfoBaseData;

namespace datalinks::command
{

/* A row a connection, as the function's set: the server's name (NULL where it is gone), valid. */
unsigned long connections(FunctionCallInfoBaseData* call);

/*
 * Closes the connections of the link, or all; returns whether there was one. One in use stays, with
 * a WARNING. Throws 42704 where there is no such link.
 */
bool disconnect(const std::optional<std::string>& name);

} // namespace datalinks::command
