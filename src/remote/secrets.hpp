/*
 * Secrets in texts that come from elsewhere: a remote that was told the password can put it into
 * its error messages.
 */
#pragma once

#include <string>
#include <vector>

#include "remote/url.hpp"

namespace datalinks::remote
{

/* The values that must not be shown: everything of the connection that libpq calls secret. */
std::vector<std::string> secrets_of(const Options& connection);

/* The text with each secret in it replaced by asterisks; trailing white space goes too. */
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

} // namespace datalinks::remote
