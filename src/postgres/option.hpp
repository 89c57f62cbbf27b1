/*
 * An option with its value, of whatever has options: a server, a mapping, a table, a connection.
 * Pure C++: rooms that know nothing of the server use it, too.
 */
#pragma once

#include <string>
#include <vector>

namespace datalinks::pg
{

struct Option
{
	std::string keyword;
	std::string value;

	bool operator==(const Option&) const = default;
};

/* Each keyword once. */
using Options = std::vector<Option>;

} // namespace datalinks::pg
