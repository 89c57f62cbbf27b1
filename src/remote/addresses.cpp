/*
 * Internet addresses: see addresses.hpp.
 */
#include "remote/addresses.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <new>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace datalinks::remote
{

namespace
{

constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<unsigned char, 12> nat64{0, 0x64, 0xff, 0x9b};

Address from_v4(const unsigned char* bytes)
{
	Address address;
	address.is_v4 = true;
	std::copy_n(bytes, 4, address.bytes.begin());
	return address;
}

Address from_v6(const unsigned char* bytes)
{
	Address address;
	std::copy_n(bytes, 16, address.bytes.begin());
	return address;
}

bool begins_with(const Address& address, const std::array<unsigned char, 12>& prefix)
{
	return !address.is_v4 && std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

/* As it is written. */
std::optional<Address> parse(const std::string& text)
{
	in_addr v4{};
	in6_addr v6{};
	/* A zero in the middle would end the text early. */
	if (text.find('\0') != text.npos)
		return std::nullopt;
	if (inet_pton(AF_INET, text.c_str(), &v4) == 1)
	{
		std::array<unsigned char, 4> bytes{};
		std::memcpy(bytes.data(), &v4, bytes.size());
		return from_v4(bytes.data());
	}
	if (inet_pton(AF_INET6, text.c_str(), &v6) == 1)
		return from_v6(std::begin(v6.s6_addr));
	return std::nullopt;
}

/* As it leads somewhere. */
Address destination(Address address)
{
	if (begins_with(address, mapped))
		address = from_v4(address.bytes.data() + mapped.size());
	if (std::all_of(address.bytes.begin(), address.bytes.end(), [](auto b) { return b == 0; }))
	{
		if (address.is_v4)
			address.bytes[0] = 127;
		address.bytes[address.is_v4 ? 3 : 15] = 1;
	}
	return address;
}

int size_in_bits(const Address& address)
{
	return address.is_v4 ? 32 : 128;
}

/* Whether all bits from this one on are zero. */
bool ends_in_zeros(const Address& address, int from)
{
	for (int bit = from; bit < size_in_bits(address); ++bit)
		if ((address.bytes[static_cast<size_t>(bit / 8)] >> (7 - bit % 8)) & 1)
			return false;
	return true;
}

struct FreeAddresses
{
	void operator()(addrinfo* list) const
	{
		freeaddrinfo(list);
	}
};

/* The address with its zone, as text; nothing for a family that is not the Internet's. */
std::optional<FoundAddress> found(const addrinfo& one)
{
	Address address;
	if (one.ai_family == AF_INET)
	{
		sockaddr_in v4{};
		std::memcpy(&v4, one.ai_addr, sizeof(v4));
		std::array<unsigned char, 4> bytes{};
		std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
		address = from_v4(bytes.data());
	}
	else if (one.ai_family == AF_INET6)
	{
		sockaddr_in6 v6{};
		std::memcpy(&v6, one.ai_addr, sizeof(v6));
		address = from_v6(std::begin(v6.sin6_addr.s6_addr));
	}
	else
		return std::nullopt;
	std::array<char, NI_MAXHOST> text{};
	if (getnameinfo(one.ai_addr, one.ai_addrlen, text.data(), static_cast<socklen_t>(text.size()),
	                nullptr, 0, NI_NUMERICHOST) != 0)
		return std::nullopt;
	return FoundAddress{destination(address), text.data()};
}

} // namespace

std::optional<Address> read_address(const std::string& text)
{
	const auto address = parse(text.substr(0, text.find('%')));
	return address ? std::optional(destination(*address)) : std::nullopt;
}

std::optional<Address> translated(const Address& address)
{
	if (!begins_with(address, nat64))
		return std::nullopt;
	return destination(from_v4(address.bytes.data() + nat64.size()));
}

std::optional<AddressRange> read_range(const std::string& text, std::string& error)
{
	const auto slash = text.find('/');
	const auto address = parse(text.substr(0, slash));
	if (!address)
	{
		error = "\"" + text + "\" is not an address or a range of addresses.";
		return std::nullopt;
	}
	AddressRange range{*address, size_in_bits(*address)};
	if (slash != text.npos)
	{
		const char* end = text.data() + text.size();
		const auto [stopped, failed] = std::from_chars(text.data() + slash + 1, end, range.bits);
		if (failed != std::errc() || stopped != end || range.bits < 0 ||
		    range.bits > size_in_bits(*address))
		{
			error = "\"" + text + "\" does not end in a number of bits that such an address has.";
			return std::nullopt;
		}
	}
	if (!ends_in_zeros(*address, range.bits))
	{
		error = "\"" + text + "\" has bits set to the right of its mask.";
		return std::nullopt;
	}
	if (range.bits == size_in_bits(*address) && ends_in_zeros(*address, 0))
	{
		error =
		    "\"" + text + "\" is no host's address; every address is \"0.0.0.0/0\" and \"[::]/0\".";
		return std::nullopt;
	}
	constexpr int mapped_bits = 96;
	if (begins_with(*address, mapped) && range.bits >= mapped_bits)
		range = {from_v4(address->bytes.data() + mapped.size()), range.bits - mapped_bits};
	return range;
}

bool contains(const AddressRange& range, const Address& address)
{
	if (range.first.is_v4 != address.is_v4)
		return false;
	for (int bit = 0; bit < range.bits; bit += 8)
	{
		const auto at = static_cast<size_t>(bit / 8);
		const int different = range.first.bytes[at] ^ address.bytes[at];
		const int counted = std::min(range.bits - bit, 8);
		if (different >> (8 - counted) != 0)
			return false;
	}
	return true;
}

std::vector<FoundAddress> look_up(const std::string& host, bool numeric, std::string& error)
{
	addrinfo wanted{};
	wanted.ai_family = AF_UNSPEC;
	wanted.ai_socktype = SOCK_STREAM;
	wanted.ai_flags = numeric ? AI_NUMERICHOST : 0;
	addrinfo* list = nullptr;
	const int failed = getaddrinfo(host.c_str(), nullptr, &wanted, &list);
	const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
	if (failed == EAI_MEMORY)
		throw std::bad_alloc();
	std::vector<FoundAddress> addresses;
	for (const addrinfo* one = failed == 0 ? list : nullptr; one != nullptr; one = one->ai_next)
		if (auto address = found(*one))
			addresses.push_back(std::move(*address));
	if (addresses.empty())
		error = failed != 0 ? gai_strerror(failed) : "it has no address";
	return addresses;
}

} // namespace datalinks::remote
