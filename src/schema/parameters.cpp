/*
 * Parameters in the text of a statement: see parameters.hpp.
 */
#include "schema/parameters.hpp"

#include <charconv>

namespace datalinks::schema
{

std::string replace_parameters(const std::string& text,
                               const std::function<std::string(int number)>& name)
{
	std::string replaced;
	const char* const end = text.data() + text.size();
	char quote = '\0';
	for (const char* here = text.data(); here != end; ++here)
	{
		if (*here == '$' && quote == '\0')
		{
			int number = 0;
			const auto read = std::from_chars(here + 1, end, number);
			if (read.ec == std::errc())
			{
				replaced += name(number);
				here = read.ptr - 1;
				continue;
			}
		}
		if (quote == '\0' && (*here == '\'' || *here == '"'))
			quote = *here;
		else if (*here == quote)
			quote = '\0';
		replaced += *here;
	}
	return replaced;
}

} // namespace datalinks::schema
