/*
 * datalink_alter: changing a link's settings in place.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace datalinks::command
{

/* What is to change: nothing leaves a setting as it is, an empty list clears it. */
struct Alteration
{
	std::optional<std::vector<std::string>> only_tables;
	std::optional<std::vector<std::string>> except_tables;
	std::optional<bool> read_only;
};

/*
 * Changes the settings; where the choice of tables changes, the link is refreshed to it. Throws
 * 22023 where both lists would be set, 42P01 for unknown names, 2BP01 where other objects depend on
 * a table that is to go, and what bring_up() throws.
 */
void alter(const std::string& name, const Alteration& alteration);

} // namespace datalinks::command
