/*
 * Connection parameters with their values, and what libpq knows of them.
 *
 * Pure C++ over libpq: nothing of the server. Only std::bad_alloc leaves this file.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "postgres/option.hpp"

namespace datalinks::remote
{

/* A connection parameter is never empty, its value decoded; several stand in libpq's own order. */
using pg::Option;
using pg::Options;

/*
 * A server's option: the name of a URL in the administrator's file (named_url.hpp). No connection
 * parameter may stand beside it.
 */
inline constexpr const char* url_name_option = "url_name";

/* Those of the options that libpq takes: postgres_fdw's and our own stand among a server's. */
Options libpq_options(const Options& options);

/*
 * Those of a server's options that say where the remote is: libpq's, or the name of a URL in the
 * administrator's file.
 */
Options remote_options(const Options& options);

/* The first of the options that is a connection parameter, whether or not one may give it. */
std::optional<std::string> first_parameter(const Options& options);

/* Whether libpq knows a parameter: which libpq is loaded is not known when we are built. */
bool knows_parameter(const std::string& keyword);

/* The values that must not be shown: of all that libpq calls secret. */
std::vector<std::string> secrets_of(const Options& options);

/* The value of a keyword; empty when it is absent. */
std::string value_of(const Options& options, const std::string& keyword);

/* The user that libpq takes where none is given: of the environment, else of the system. */
std::string default_user();

} // namespace datalinks::remote
