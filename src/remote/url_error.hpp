/*
 * Raising UrlError. Private to remote/url.cpp and its neighbours.
 */
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "remote/url.hpp"

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
size_t scheme_length(std::string_view text);

/* A syntax error. Neither text may hold a piece of the URL. */
[[noreturn]] void refuse(const std::string& detail, const std::string& hint);

/* An unknown or forbidden parameter, named where that cannot tell a piece of a password. */
[[noreturn]] void refuse_parameter(UrlError::Kind kind, const std::string& text,
                                   const std::string& keyword);

/* Says why libpq did not take the text, given libpq's message in English. */
[[noreturn]] void explain(const std::string& text, const std::string& error);

} // namespace datalinks::remote
