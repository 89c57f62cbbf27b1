/*
 * Internet addresses as rules compare them, and what a host's name stands for.
 *
 * Pure C++ over the C library: nothing of the server. Only std::bad_alloc leaves this file.
 */
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace datalinks::remote
{

/*
 * An address by where it leads: an IPv4 address in IPv6's clothes (::ffff:10.0.0.1) is that IPv4
 * address, "any address" (0.0.0.0, ::) is this machine, as for connect(2). A zone (%eth0) is left
 * out.
 */
struct Address
{
	std::array<unsigned char, 16> bytes{};
	bool is_v4 = false;

	bool operator==(const Address&) const = default;
};

/* An address as inet_pton reads it, maybe with a zone; nothing for any other text. */
std::optional<Address> read_address(const std::string& text);

/* The IPv4 address that a translator (NAT64, 64:ff9b::/96) makes of an IPv6 address. */
std::optional<Address> translated(const Address& address);

/* A block of addresses: those with the same first bits. */
struct AddressRange
{
	Address first;
	int bits = 0;
};

/* "10.0.0.0/8", "2001:db8::/32", or one address. On failure nothing, and in `error` a sentence. */
std::optional<AddressRange> read_range(const std::string& text, std::string& error);

bool contains(const AddressRange& range, const Address& address);

/* One address of a host: as a rule sees it, and as libpq's hostaddr takes it, zone and all. */
struct FoundAddress
{
	Address address;
	std::string text;
};

/*
 * The addresses of a host, in the system's order, as libpq asks for them; all the ways to write a
 * number (2130706433, 0x7f.1) are understood as there. `numeric`: a hostaddr, never looked up. On
 * failure none, and the system's words in `error`.
 */
std::vector<FoundAddress> look_up(const std::string& host, bool numeric, std::string& error);

} // namespace datalinks::remote
