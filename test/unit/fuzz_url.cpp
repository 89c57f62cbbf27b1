/*
 * libFuzzer target for the URL parser (clang++ -fsanitize=fuzzer,address,undefined). What holds for
 * every text: nothing but UrlError is thrown; the display form does not depend on the mapping and
 * parses to the same server; what an error says is free of a password the text holds.
 */
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "remote/hosts.hpp"
#include "remote/url.hpp"

using namespace datalinks::remote;

namespace
{

constexpr std::string_view marker = "Q7X9Z2WK4J";

void require(bool holds, const char* what, const std::string& url)
{
	if (holds)
		return;
	std::cerr << what << "\nurl: " << url << "\n";
	std::abort();
}

void require_no_marker(const std::string& said, const std::string& url)
{
	for (std::size_t at = 0; at + 3 <= marker.size(); at++)
		require(said.find(marker.substr(at, 3)) == std::string::npos, said.c_str(), url);
}

bool holds_piece_of_marker(const std::string& text)
{
	for (std::size_t at = 0; at + 3 <= marker.size(); at++)
		if (text.find(marker.substr(at, 3)) != std::string::npos)
			return true;
	return false;
}

void check(const std::string& url, bool has_marker)
{
	try
	{
		const Url parsed = parse_url(url);
		const std::string form = display(parsed.server, "");
		const std::string user = value_of(parsed.mapping, "user");
		Options both = parsed.server;
		both.insert(both.end(), parsed.mapping.begin(), parsed.mapping.end());

		require(display(both, "") == form, "the mapping is shown", url);
		if (has_marker)
			require_no_marker(form, url);

		const Url again = parse_url(display(parsed.server, user));
		require(again.server == parsed.server, form.c_str(), url);
		require(value_of(again.mapping, "user") == user, "another user", url);
		require(again.mapping.size() == (user.empty() ? 0 : 1), "a secret is shown", url);
		require(!split_hosts(both).empty(), "no host", url);
		static_cast<void>(over_network(both));
		static_cast<void>(connect_timeout(both));
		static_cast<void>(database_of(parsed.server, user));
	}
	catch (const UrlError& error)
	{
		if (has_marker)
			require_no_marker(error.message() + error.detail() + error.hint(), url);
	}
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	std::string text(data, data + size);
	text.erase(text.find_last_not_of('\0') + 1);
	if (text.find('\0') != std::string::npos)
		return 0; /* SQL text holds no zero byte */

	check(text, false);
	if (holds_piece_of_marker(text))
		return 0;

	/* The marker as a part of the password, whatever stands around it. */
	const std::string before = text.substr(0, text.size() / 2);
	const std::string after = text.substr(text.size() / 2);
	check("postgres://app:" + before + std::string(marker) + after + "@db/orders", true);
	if (text.find_first_of("'\\") == std::string::npos)
		check("host=db password='" + before + std::string(marker) + after + "'", true);
	return 0;
}
