/*
 * The hosts of a connection, its deadline, and whether it leaves the machine.
 *
 * Pure C++: nothing of the server. Besides UrlError only std::bad_alloc leaves this file.
 */
#pragma once

#include <string>
#include <vector>

#include "remote/options.hpp"

namespace datalinks::remote
{

/*
 * One set of options for each attempt to connect, in order, each with one host. host, hostaddr and
 * port are split as libpq splits them (a single port serves all); an empty element is left out.
 * Where target_session_attrs is prefer-standby, every host is tried as a standby first and then as
 * any, as libpq does. Without a list the one element is the connection as it is.
 *
 * Raises UrlError (syntax) where the lists do not match in length.
 */
std::vector<Options> split_hosts(const Options& connection);

/* Whether the host (an element of split_hosts) is a name: neither an address nor a socket. */
bool needs_look_up(const Options& host);

/*
 * Seconds for each host: at least 2, 10 where none is given, 0 for no limit (0 or negative, as
 * libpq has it). Raises UrlError (syntax) where the value is no integer.
 */
int connect_timeout(const Options& connection);

/*
 * Whether any host is reached over a network: neither a socket directory (it begins with / or @)
 * nor loopback (localhost, 127.0.0.0/8, ::1). No host at all is the default socket. What a service
 * file holds is unknown here: a service without a host counts as over the network.
 */
bool over_network(const Options& connection);

/* Whether sslmode (require, verify-ca, verify-full) refuses a connection without TLS. */
bool tls_required(const Options& connection);

/* An IPv6 address, maybe with a zone (fe80::1%eth0). */
bool is_ipv6(const std::string& host);

/* The elements of a comma-separated list as libpq counts them: at least one, maybe empty. */
std::vector<std::string> split_list(const std::string& list);

} // namespace datalinks::remote
