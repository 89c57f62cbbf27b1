/*
 * Places in the remote's SQL text as postgres_fdw writes it.
 */
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace datalinks::fdw
{

/*
 * Where the words stand the n-th time (from 0), other than in a quoted name or a string; npos where
 * they do not.
 */
size_t find_words(const std::string& sql, std::string_view words, int n = 0);

/* The text with what is given for each of its parameters. */
std::string replace_parameters(const std::string& sql,
                               const std::function<std::string(int number)>& text_of);

/* The highest number of a parameter in it; 0 where it has none. */
int last_parameter(const std::string& sql);

} // namespace datalinks::fdw
