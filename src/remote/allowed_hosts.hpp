/*
 * The list of hosts that an administrator allows (datalinks.allowed_hosts).
 *
 * Pure C++: nothing of the server. Only std::bad_alloc leaves this file.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "remote/addresses.hpp"

namespace datalinks::remote
{

/*
 * A comma-separated list; whatever stands in it may be followed by ":port".
 *
 *   db.example.com      this name; upper and lower case and a dot at the end are the same
 *   *.example.com       every name below, at any depth
 *   10.0.0.7  [fd00::7] this address
 *   10.0.0.0/8          these addresses: a name that leads to them alone is allowed, too
 *   !10.0.0.0/8         not these addresses, whatever else allows them
 *   *                   every host over TCP
 *   /run/postgresql     the socket in this directory (@name: an abstract one)
 *   "/" before a "*"    every socket
 *
 * An empty list allows nothing.
 */
class AllowedHosts
{
public:
	/* On failure nothing, and in `error` a sentence. */
	static std::optional<AllowedHosts> parse(const std::string& text, std::string& error);

	/* Whether there is nothing that it forbids. */
	bool allow_everything() const;
	bool allow_socket(const std::string& path, int port) const;
	/* Whether the name is enough by itself, unless its address is excluded. */
	bool allow_name(const std::string& name, int port) const;
	bool allow_address(const Address& address, int port) const;
	/* Whether a name that is not enough by itself may lead to an address that is. */
	bool allow_any_address() const;
	/* The range, as it is written there, that takes the address out; else nothing. */
	std::optional<std::string> excluded_by(const Address& address, int port) const;

private:
	enum class Kind
	{
		any_host,
		any_socket,
		name,
		names_below,
		range,
		excluded_range,
		socket
	};
	struct Entry
	{
		Kind kind;
		int port = 0; /* 0: all */
		std::string text;
		AddressRange range{};
	};
	static std::optional<Entry> parse_entry(std::string text, std::string& error);
	static std::optional<Entry> parse_range(const std::string& text, int port, bool excluded,
	                                        std::string& error);
	static std::optional<Entry> parse_host(const std::string& text, int port, std::string& error);

	std::vector<Entry> entries_;
};

} // namespace datalinks::remote
