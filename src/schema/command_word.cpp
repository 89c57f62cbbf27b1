/*
 * What a statement begins with: see command_word.hpp.
 */
#include "schema/command_word.hpp"

#include <algorithm>
#include <array>

namespace datalinks::schema
{

namespace
{

constexpr std::array<std::string_view, 9> transaction_words{
    "ABORT", "BEGIN", "COMMIT", "END", "PREPARE", "RELEASE", "ROLLBACK", "SAVEPOINT", "START"};

constexpr std::array<std::string_view, 12> session_words{
    "CLOSE",  "DEALLOCATE", "DECLARE", "DISCARD", "EXECUTE", "FETCH",
    "LISTEN", "LOAD",       "MOVE",    "RESET",   "SET",     "UNLISTEN"};

template <size_t N>
bool is_among(const std::array<std::string_view, N>& words, std::string_view word)
{
	return std::find(words.begin(), words.end(), word) != words.end();
}

/* Behind a comment in C's style; they nest. One without an end goes to the end. */
size_t end_of_comment(std::string_view text, size_t at)
{
	int depth = 0;
	do
	{
		const std::string_view two = text.substr(at, 2);
		depth += two == "/*" ? 1 : two == "*/" ? -1 : 0;
		at += two == "/*" || two == "*/" ? 2 : 1;
	}
	while (depth > 0 && at < text.size());
	return std::min(at, text.size());
}

bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

} // namespace

std::string first_word(std::string_view statement)
{
	size_t at = 0;
	while (at < statement.size())
	{
		const std::string_view two = statement.substr(at, 2);
		if (two == "--")
			at = std::min(statement.find_first_of("\r\n", at), statement.size());
		else if (two == "/*")
			at = end_of_comment(statement, at);
		else if (std::string_view(" \t\n\r\f\v;").find(statement[at]) != std::string_view::npos)
			++at;
		else
			break;
	}
	std::string word(statement.substr(at, 1));
	while (at < statement.size() && is_letter(word.back()) && ++at < statement.size() &&
	       is_letter(statement[at]))
		word += statement[at];
	std::transform(word.begin(), word.end(), word.begin(),
	               [](char c) { return is_letter(c) ? static_cast<char>(c & ~0x20) : c; });
	return word;
}

CommandKind kind_of_command(std::string_view first_word)
{
	if (is_among(transaction_words, first_word))
		return CommandKind::transaction;
	if (is_among(session_words, first_word))
		return CommandKind::session;
	return first_word == "COPY" ? CommandKind::copy : CommandKind::ordinary;
}

} // namespace datalinks::schema
