/*
 * How much arithmetic a remote asks for: see scram.hpp.
 */
#include "remote/scram.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace datalinks::remote
{

namespace
{

constexpr size_t header = 5;            /* a message's type and length */
constexpr size_t longest = 2000;        /* of authentication: libpq refuses more */
constexpr std::uint32_t continues = 11; /* AuthenticationSASLContinue */

std::uint32_t number_at(std::string_view bytes, size_t at)
{
	std::uint32_t number = 0;
	for (const char byte : bytes.substr(at, 4))
		number = number << 8 | static_cast<unsigned char>(byte);
	return number;
}

/* strtol takes signs and spaces as well, and what is too large turns round: none of that here. */
bool is_fair(std::string_view rounds)
{
	int number = 0;
	const auto [end, error] = std::from_chars(rounds.begin(), rounds.end(), number);
	return error == std::errc() && end == rounds.end() && number <= most_scram_rounds;
}

/* "r=nonce,s=salt,i=rounds"; the final message is "v=signature". */
bool is_fair_challenge(std::string_view challenge)
{
	while (!challenge.empty())
	{
		const auto comma = std::min(challenge.find(','), challenge.size());
		const std::string_view attribute = challenge.substr(0, comma);
		if (attribute.starts_with("i=") && !is_fair(attribute.substr(2)))
			return false;
		challenge.remove_prefix(std::min(comma + 1, challenge.size()));
	}
	return true;
}

} // namespace

Demand demand_of(std::string_view messages)
{
	while (!messages.empty())
	{
		const bool authentication = messages[0] == 'R';
		if (messages.size() < header)
			return authentication ? Demand::unfinished : Demand::fair;
		const size_t length = number_at(messages, 1);
		if (authentication && (length < 8 || length > longest))
			return Demand::fair; /* libpq refuses it */
		if (messages.size() <= length)
			return authentication ? Demand::unfinished : Demand::fair;
		if (authentication && number_at(messages, header) == continues &&
		    !is_fair_challenge(messages.substr(header + 4, length - 8)))
			return Demand::excessive;
		messages.remove_prefix(1 + std::max(length, size_t{4}));
	}
	return Demand::fair;
}

} // namespace datalinks::remote
