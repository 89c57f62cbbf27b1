/*
 * Text from pieces: Boost.Format in the classic locale, and lists.
 */
#pragma once

#include <locale>
#include <string>
#include <vector>

#include <boost/format.hpp>

namespace datalinks::schema
{

/*
 * Fills a pattern. The pattern is a literal of the source, never a text that was built. (Not called
 * format: for arguments of std, argument-dependent lookup would find std::format as well.)
 */
template <size_t N, typename... Arguments>
std::string compose(const char (&pattern)[N], const Arguments&... arguments)
{
	boost::format filled(pattern, std::locale::classic());
	(void)(filled % ... % arguments);
	return filled.str();
}

/* The texts with a separator between each two. */
inline std::string join(const std::vector<std::string>& texts, const char* separator)
{
	std::string joined;
	for (const std::string& text : texts)
	{
		if (!joined.empty())
			joined += separator;
		joined += text;
	}
	return joined;
}

} // namespace datalinks::schema
