/*
 * datalink_confirm(): a link that was copied here may be written from here.
 */
#pragma once

#include <string>

namespace datalinks::command
{

/* Acts as the link's owner. Throws what link::require_owned() throws. */
void confirm(const std::string& name);

} // namespace datalinks::command
