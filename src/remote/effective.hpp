/*
 * What libpq makes of a connection's options: the server's environment (PGHOST, PGHOSTADDR,
 * PGSSLMODE, …), a service file and libpq's defaults count where an option is not given.
 *
 * Pure C++ over libpq: nothing of the server. Only std::bad_alloc leaves this file.
 */
#pragma once

#include <optional>
#include <string>

#include "remote/options.hpp"

namespace datalinks::remote
{

/*
 * The connection with its host, hostaddr, port and sslmode as libpq would go by them, so that
 * nothing else counts when it connects by what is returned. No host at all, or an empty one in a
 * list, is libpq's default socket. Nothing is connected to or looked up. On failure nothing, and
 * libpq's words in `error`: a piece of the options may stand in them.
 */
std::optional<Options> effective(const Options& connection, std::string& error);

} // namespace datalinks::remote
