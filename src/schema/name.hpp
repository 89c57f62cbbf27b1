/*
 * Names of links and servers, and the quoting of names and values in SQL text. Pure C++.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "postgres/option.hpp"

namespace datalinks::schema
{

/* ^[a-z0-9_]{1,63}$ (Heroku's rule) and not reserved: what a link, and so its schema, may be
 * called. */
bool is_link_name(std::string_view name);

/* Begins with pg_: PostgreSQL keeps such schema names for itself. */
bool is_reserved_name(std::string_view name);

/*
 * The name of a link's foreign server: the link's own, and from the second try on with "_2" and so
 * on, cut so that 63 bytes hold it all. nth counts from 1.
 */
std::string server_name(std::string_view link, int nth);

/* Contains "://" or '=': somebody may have put the URL in a name's place; never echo it. */
bool looks_like_url(std::string_view text);

/* Always quoted, inner quotes doubled: needs no list of reserved words. */
std::string quote_identifier(std::string_view name);

/* For people to read: quoted only where the name is not made of a-z, 0-9 and _ alone. */
std::string quote_where_needed(std::string_view name);

/*
 * As the server's quote_literal_cstr: with a backslash in it, an E'' literal with the backslashes
 * doubled, so that it reads the same whatever standard_conforming_strings says.
 */
std::string quote_literal(std::string_view value);

/* A text[] literal, {"a","b"}; {} for no elements. */
std::string array_literal(const std::vector<std::string>& elements);

/* "keyword" 'value', …: the inside of OPTIONS (…). Empty for no options. */
std::string option_list(const pg::Options& options);

} // namespace datalinks::schema
