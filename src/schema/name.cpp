/*
 * Names of links and servers, and the quoting of names and values in SQL text.
 */
#include "schema/name.hpp"

#include <algorithm>

namespace datalinks::schema
{

namespace
{

constexpr size_t max_length = 63; /* NAMEDATALEN - 1 */
constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyz0123456789_";

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

std::string server_name(std::string_view link, int nth)
{
	std::string name(link);
	const std::string suffix = nth > 1 ? "_" + std::to_string(nth) : "";
	if (name.size() + suffix.size() > max_length)
	{
		name.resize(max_length - suffix.size());
		/* A renamed schema may be called anything: no character of several bytes may be cut. */
		while (!name.empty() && (static_cast<unsigned char>(name.back()) & 0x80U) != 0)
			name.pop_back();
	}
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

std::string option_list(const pg::Options& options)
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
