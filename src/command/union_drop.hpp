/*
 * datalink_drop of a union.
 */
#pragma once

#include <string>

namespace datalinks::command
{

/*
 * Drops the union of this name, its schema and what was built on its views, by the native commands
 * and with the caller's rights, and says in one NOTICE what went along; returns false where there
 * is none. Throws 42501 where the caller does not own it, and, unless cascade, 2BP01 where anything
 * depends on its views or stands in its schema besides them.
 */
bool drop_union(const std::string& name, bool cascade);

} // namespace datalinks::command
