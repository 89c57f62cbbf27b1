/*
 * Secrets in texts that come from elsewhere: see secrets.hpp.
 */
#include "remote/secrets.hpp"

#include <string_view>

namespace datalinks::remote
{

namespace
{
constexpr std::string_view asterisks = "********";
}

std::string without_secrets(std::string text, const std::vector<std::string>& secrets)
{
	for (const std::string& secret : secrets)
	{
		/* One or two characters stand in any text: taking them out would tell more than it hides.
		 */
		if (secret.size() < 3)
			continue;
		/* The search goes on behind the asterisks: they may be the secret themselves. */
		for (size_t at = text.find(secret); at != std::string::npos;
		     at = text.find(secret, at + asterisks.size()))
			text.replace(at, secret.size(), asterisks);
	}
	while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
		text.pop_back();
	return text;
}

} // namespace datalinks::remote
