/*
 * Why a connection failed: see reason.hpp.
 */
#include "remote/reason.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace datalinks::remote
{

namespace
{

bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool is_code_character(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z');
}

/* Takes "28P01: " out of "FATAL:  28P01: text" and returns the code; empty where there is none. */
std::string take_sqlstate(std::string& line)
{
	const auto at = line.find(":  ");
	if (at == line.npos)
		return {};
	std::string code = line.substr(at + 3, 5);
	if (code.size() != 5 || !std::all_of(code.begin(), code.end(), is_code_character) ||
	    line.compare(at + 8, 2, ": ") != 0)
		return {};
	line.erase(at + 3, 7);
	return code;
}

/* "LOCATION:  auth_failed, auth.c:335", the first word translated */
bool is_location(std::string_view line)
{
	const auto dot = line.rfind(".c:");
	return line.find(":  ") != line.npos && dot != line.npos && dot + 3 < line.size() &&
	       std::all_of(line.begin() + static_cast<std::ptrdiff_t>(dot) + 3, line.end(), is_digit);
}

} // namespace

Reason read_reason(const std::string& message)
{
	/* libpq puts the system's words into its own text, in the language that we get them in, too. */
	const std::string_view refusal = std::strerror(ECONNREFUSED);
	Reason reason{"", "", !message.empty()};
	for (size_t begin = 0; begin < message.size();)
	{
		const auto end = std::min(message.find('\n', begin), message.size());
		std::string line = message.substr(begin, end - begin);
		begin = end + 1;
		const std::string code = take_sqlstate(line);
		if (!code.empty())
			reason.sqlstate = code;
		else if (is_location(line))
			continue;
		/* A line that begins with a tab goes on from the one before. */
		if (!line.starts_with('\t') && line.find(refusal) == line.npos)
			reason.refused = false;
		reason.text += (reason.text.empty() ? "" : "\n") + line;
	}
	return reason;
}

} // namespace datalinks::remote
