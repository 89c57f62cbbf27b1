/*
 * Parameters ($1, $2 ...) in the text of a statement.
 */
#pragma once

#include <functional>
#include <string>

namespace datalinks::schema
{

/*
 * The text with another in place of each parameter, by its number. The text is one that PostgreSQL
 * has printed: in quotes of either kind a dollar is a dollar, and a quote inside is doubled.
 */
std::string replace_parameters(const std::string& text,
                               const std::function<std::string(int number)>& name);

} // namespace datalinks::schema
