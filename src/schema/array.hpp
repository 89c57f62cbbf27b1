/*
 * Arrays of text in their text form, as options hold them. Pure C++: read here, what an array is
 * depends on no setting of the session's (array_nulls), and nothing raises.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace datalinks::schema
{

/*
 * The elements of a text[] in its text form ("{a,b}"), with one dimension and without NULL; nothing
 * for any other text.
 */
std::optional<std::vector<std::string>> parse_array(std::string_view text);

} // namespace datalinks::schema
