/*
 * Places in the remote's SQL text: see sql_text.hpp.
 */
#include "fdw/sql_text.hpp"

#include <algorithm>
#include <cstdlib>

namespace datalinks::fdw
{

namespace
{

/*
 * Calls f with each place that is not within quotes until it returns true, and returns that place.
 * A quote within quotes is doubled, and a backslash never stands before a single one: postgres_fdw
 * doubles those too.
 */
template <typename F>
size_t find_place(const std::string& sql, F f)
{
	char quote = '\0';
	for (size_t i = 0; i < sql.size(); ++i)
	{
		if (quote == '\0' && f(i))
			return i;
		if (quote == '\0' && (sql[i] == '"' || sql[i] == '\''))
			quote = sql[i];
		else if (sql[i] == quote)
			quote = '\0';
	}
	return std::string::npos;
}

} // namespace

size_t find_words(const std::string& sql, std::string_view words, int n)
{
	return find_place(sql, [&](size_t place) {
		return sql.compare(place, words.size(), words) == 0 && n-- == 0;
	});
}

std::string replace_parameters(const std::string& sql,
                               const std::function<std::string(int number)>& text_of)
{
	std::string replaced;
	size_t done = 0;
	(void)find_place(sql, [&](size_t place) {
		if (sql[place] != '$')
			return false;
		replaced += sql.substr(done, place - done);
		replaced += text_of(atoi(sql.c_str() + place + 1));
		done = std::min(sql.find_first_not_of("0123456789", place + 1), sql.size());
		return false;
	});
	return replaced + sql.substr(done);
}

int last_parameter(const std::string& sql)
{
	int last = 0;
	(void)find_place(sql, [&](size_t place) {
		if (sql[place] == '$')
			last = std::max(last, atoi(sql.c_str() + place + 1));
		return false;
	});
	return last;
}

} // namespace datalinks::fdw
