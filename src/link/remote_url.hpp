/*
 * The URL that a caller gives for a link's remote.
 */
#pragma once

#include <string>

#include "remote/url.hpp"

namespace datalinks::link
{

/* Throws 22023, without a piece of the password, for what cannot be used. */
remote::Url parse_remote_url(const std::string& url);

} // namespace datalinks::link
