/*
 * Names of links and servers, and the quoting of names and values in SQL text.
 */
#include <algorithm>

#include "name.hpp"

namespace datalinks::schema
{

namespace
{

constexpr std::size_t max_length = 63; /* NAMEDATALEN - 1 */
constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyz0123456789_";

/* The bytes of the UTF-8 character that begins at text[at]; 1 where that is no UTF-8. */
std::size_t character_length(std::string_view text, std::size_t at)
{
	const auto lead = static_cast<unsigned char>(text[at]);
	const std::size_t length = lead >= 0xF0 && lead <= 0xF4  ? 4
	                           : lead >= 0xE0 && lead < 0xF0 ? 3
	                           : lead >= 0xC2 && lead < 0xE0 ? 2
	                                                         : 1;

	for (std::size_t i = 1; i < length; i++)
		if (at + i >= text.size() || (static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80)
			return 1;
	return length;
}

/* text between quotes, each byte that is among doubled written twice */
std::string quote(std::string_view text, char mark, std::string_view doubled)
{
	std::string quoted(1, mark);

	for (const char c : text)
	{
		if (doubled.find(c) != doubled.npos)
			quoted += c;
		quoted += c;
	}
	return quoted += mark;
}

} // namespace

bool is_link_name(std::string_view name)
{
	return !name.empty() && name.size() <= max_length &&
	       name.find_first_not_of(name_characters) == name.npos && !is_reserved_name(name);
}

bool is_reserved_name(std::string_view name)
{
	return name.starts_with("pg_");
}

std::string remote_name(std::string_view database, int nth)
{
	std::string name;

	for (std::size_t at = 0; at < database.size(); at += character_length(database, at))
	{
		const char c = database[at];
		if (c >= 'A' && c <= 'Z')
			name += static_cast<char>(c - 'A' + 'a');
		else
			name += name_characters.find(c) != name_characters.npos ? c : '_';
	}
	if (name.empty())
		name = "remote";

	const std::string suffix = nth > 1 ? "_" + std::to_string(nth) : "";
	name.resize(std::min(name.size(), max_length - suffix.size()));
	return name + suffix;
}

bool looks_like_url(std::string_view text)
{
	return text.find("://") != text.npos || text.find('=') != text.npos;
}

std::string quote_identifier(std::string_view name)
{
	return quote(name, '"', "\"");
}

std::string quote_where_needed(std::string_view name)
{
	const bool plain = !name.empty() && (name.front() < '0' || name.front() > '9') &&
	                   std::all_of(name.begin(), name.end(), [](char character) {
		                   return (character >= 'a' && character <= 'z') ||
		                          (character >= '0' && character <= '9') || character == '_';
	                   });
	return plain ? std::string(name) : quote_identifier(name);
}

std::string quote_literal(std::string_view value)
{
	const bool has_backslash = value.find('\\') != value.npos;
	return (has_backslash ? "E" : "") + quote(value, '\'', "'\\");
}

std::string array_literal(const std::vector<std::string>& elements)
{
	std::string text = "{";

	for (const std::string& element : elements)
	{
		text += text.size() == 1 ? "\"" : ",\"";
		for (const char character : element)
		{
			if (character == '"' || character == '\\')
				text += '\\';
			text += character;
		}
		text += '"';
	}
	return text + "}";
}

std::string option_list(const std::vector<std::pair<std::string, std::string>>& options)
{
	std::string list;

	for (const auto& [keyword, value] : options)
	{
		list += list.empty() ? "" : ", ";
		list += quote_identifier(keyword) + " " + quote_literal(value);
	}
	return list;
}

} // namespace datalinks::schema
