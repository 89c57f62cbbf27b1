/*
 * Secrets in texts that come from elsewhere: see secrets.hpp.
 */
#include "remote/secrets.hpp"

namespace datalinks::remote
{

std::string without_secrets(std::string text, const std::vector<std::string>& secrets)
{
	for (const std::string& secret : secrets)
	{
		/* One or two characters stand in any text: taking them out would tell more than it hides.
		 */
		if (secret.size() < 3)
			continue;
		for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
			text.replace(at, secret.size(), "********");
	}
	while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
		text.pop_back();
	return text;
}

} // namespace datalinks::remote
