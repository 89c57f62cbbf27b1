/*
 * What datalink_create does about a link, an invalid link or a schema that has the name already.
 */
#pragma once

#include <string>

#include "command/create.hpp"
#include "remote/url.hpp"

namespace datalinks::command
{

/*
 * Clears away what is left of an invalid link of the requested name. Returns false, after a NOTICE,
 * where if_not_exists finds the very link that is asked for. Throws 42710 where another valid link
 * has the name, 42P06 where a schema has, 42501 where the invalid link is not the caller's or its
 * name was taken by another role.
 */
bool make_way(const Request& request, const remote::Url& url);

} // namespace datalinks::command
