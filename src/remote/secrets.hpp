/*
 * Secrets in texts that come from elsewhere: a remote that was told the password can put it into
 * its error messages.
 */
#pragma once

#include <string>
#include <vector>

namespace datalinks::remote
{

/* The text with each secret in it replaced by asterisks; trailing white space goes too. */
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

} // namespace datalinks::remote
