/*
 * datalink_alter: changing a link's settings in place.
 */
#pragma once

#include <functional>
#include <string>

#include "link/settings.hpp"

namespace datalinks::command
{

/* The settings as they are to be, from those that the link has. */
using Alteration = std::function<link::Settings(const link::Settings&)>;

/*
 * Changes the settings; where the choice of tables changes, the link is refreshed to it. Throws
 * 22023 where both lists would be set, 42P01 for unknown names, 2BP01 where other objects depend on
 * a table that is to go, and what bring_up() throws.
 */
void alter(const std::string& name, const Alteration& altered);

} // namespace datalinks::command
