/*
 * libFuzzer target for the file of named URLs. What holds for every text: nothing but UrlFileError
 * is thrown, its line is one of the text, what it says is the program's own words; what is read has
 * names that can be asked for, each once, and a URL; and nothing of it was not in the text.
 */
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

#include "remote/url_file.hpp"

using namespace datalinks::remote;

namespace
{

constexpr std::string_view marker = "Q7X9Z2WK4J";

void require(bool holds, const char* what, std::string_view text)
{
	if (holds)
		return;
	std::cerr << what << "\ntext: " << text << "\n";
	std::abort();
}

void check_entry(const NamedUrl& entry, std::string_view text)
{
	require(is_url_name(entry.name), "a name that cannot be asked for", text);
	require(!entry.url.empty() && text.find(entry.url) != text.npos, "another URL", text);
	require(entry.url.find('\n') == std::string::npos, "a URL of two lines", text);
	for (const PermittedRole& role : entry.roles)
		require((role.kind == PermittedRole::all) == role.name.empty(), "a role without a name",
		        text);
}

void check(std::string_view text)
{
	std::size_t lines = 1;
	for (const char c : text)
		lines += c == '\n' ? 1 : 0;
	try
	{
		std::set<std::string> names;
		for (const NamedUrl& entry : parse_url_file(text))
		{
			check_entry(entry, text);
			require(names.insert(entry.name).second, "a name twice", text);
			require(entry.line >= 1 && entry.line <= lines, "a line that is none", text);
		}
	}
	catch (const UrlFileError& error)
	{
		require(error.line() >= 1 && error.line() <= lines, "a line that is none", text);
		require(std::string_view(error.what()).find(marker) == std::string_view::npos, error.what(),
		        text);
	}
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const std::string text(data, data + size);
	check(text);
	/* The same with a secret somewhere in it. */
	check(text.substr(0, size / 2) + std::string(marker) + text.substr(size / 2));
	return 0;
}
