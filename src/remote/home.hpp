/*
 * Where a link was made: its server's option "home" names the cluster and the database. A server
 * that a dump or a template has brought into another one is a copy, through which nobody writes
 * before its owner has said so.
 */
#pragma once

#include <string>

#include "remote/options.hpp"

namespace datalinks::remote
{

constexpr const char* home_option = "home";

/* The option of the wrapper that names the cluster that the database is in; see trigger/guard. */
constexpr const char* cluster_option = "cluster";

/* This cluster and database, as the option has them. */
std::string home();

/* Of a database of this OID in another cluster. */
std::string home_in(const std::string& cluster);

/* Whether a value can be that of "home", or of "cluster". */
bool is_home(const std::string& value);
bool is_cluster(const std::string& value);

/* Whether a server with these options, or this home, has been copied here and nobody has said so.
 */
bool is_copy(const Options& server);
bool is_copy(const std::string& home);

/* The setting datalinks.confirm_copies; off: copies are as good as what they were made from. */
extern bool confirm_copies;

} // namespace datalinks::remote
