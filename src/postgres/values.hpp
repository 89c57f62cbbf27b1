/*
 * Values of SQL: text arrays and times as text.
 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "postgres/row.hpp"

namespace datalinks::pg
{

/* The elements of a text[], a Datum. Throws pg::Error, 22004, where one is NULL. */
std::vector<std::string> texts_of(unsigned long array);

/* The same, where they may be NULL. */
Row nullable_texts_of(unsigned long array);

/* The elements of a text[] in its text form ("{a,b}"). Throws pg::Error for what is not one. */
std::vector<std::string> parse_text_array(const std::string& literal);

/* The transaction's time, ISO 8601 in UTC, the same under every DateStyle and TimeZone. */
std::string transaction_time();

/* A TimestampTz, likewise. */
std::string time_text(int64_t time);

/* Throws pg::Error for what is no timestamp with time zone. */
void require_time(const std::string& literal);

/* The elements of a list of identifiers, such as a setting's; empty when it is malformed. */
std::vector<std::string> parse_identifiers(const std::string& text);

} // namespace datalinks::pg
