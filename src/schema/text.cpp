/*
 * Text from pieces: see text.hpp.
 */
#include "schema/text.hpp"

#include <locale>

#include <boost/format.hpp>

namespace datalinks::schema
{

std::string fill(const char* pattern, std::span<const Filling> fillings)
{
	boost::format filled(pattern, std::locale::classic());
	for (const Filling& filling : fillings)
		std::visit([&](const auto& value) { (void)(filled % value); }, filling.value());
	return filled.str();
}

std::string join(const std::vector<std::string>& texts, const char* separator)
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
