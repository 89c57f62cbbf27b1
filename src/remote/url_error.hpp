/*
 * Raising UrlError, and taking lists and hosts apart. Private to remote/url.cpp and its neighbours.
 */
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "url.hpp"

namespace datalinks::remote
{

inline constexpr const char* percent_hint =
    "Special characters in user name and password must be percent-encoded: "
    "give \"@\" as \"%40\", \"/\" as \"%2F\", \"%\" as \"%25\".";
inline constexpr const char* quoting_hint =
    "A value with spaces, quotes or backslashes must stand in single quotes, "
    "with a backslash before each quote and each backslash in it.";
inline constexpr const char* form_hint =
    "Give it as \"postgres://user:password@host:port/dbname\", or as a keyword string such as "
    "\"host=db.example.com dbname=orders user=app\".";

/* The length of the URI scheme with its "://", as libpq knows it; 0 for anything else. */
std::size_t scheme_length(std::string_view text);

/* A syntax error. Neither text may hold a piece of the URL. */
[[noreturn]] void refuse(const std::string& detail, const std::string& hint);

/* An unknown or forbidden parameter, named where that cannot tell a piece of a password. */
[[noreturn]] void refuse_parameter(UrlError::Kind kind, const std::string& text,
                                   const std::string& keyword);

/* Says why libpq did not take the text, given libpq's message in English. */
[[noreturn]] void explain(const std::string& text, const std::string& error);

/* An IPv6 address, maybe with a zone (fe80::1%eth0). */
bool is_ipv6(const std::string& host);

/* The elements of a comma-separated list as libpq counts them: at least one, maybe empty. */
std::vector<std::string> split_list(const std::string& list);

} // namespace datalinks::remote
