/*
 * The list of hosts that an administrator allows: see allowed_hosts.hpp.
 */
#include "remote/allowed_hosts.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace datalinks::remote
{

namespace
{

char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

std::string trimmed(const std::string& text)
{
	constexpr const char* spaces = " \t\r\n";
	const auto begin = text.find_first_not_of(spaces);
	return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
}

/* A name as names are compared: by its lower-case letters, without the root's dot. */
std::string canonical_name(const std::string& name)
{
	std::string canonical = name;
	std::transform(canonical.begin(), canonical.end(), canonical.begin(), lower);
	if (canonical.size() > 1 && canonical.ends_with('.'))
		canonical.pop_back();
	return canonical;
}

bool is_label(std::string_view label)
{
	constexpr size_t longest = 63;
	return !label.empty() && label.size() <= longest &&
	       std::all_of(label.begin(), label.end(), [](char c) {
		       return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
	       });
}

/* The C library takes 2130706433, 0177.1 and 0x7f.1 for addresses: they are nobody's name. */
bool is_number(std::string_view label)
{
	return is_digit(label.front()) &&
	       (std::all_of(label.begin(), label.end(), is_digit) || label.starts_with("0x"));
}

/* Whether a canonical name can be one in the DNS. */
bool is_name(std::string_view name)
{
	constexpr size_t longest = 253;
	if (name.size() > longest)
		return false;
	for (;;)
	{
		const auto dot = name.find('.');
		const std::string_view label = name.substr(0, dot);
		if (!is_label(label))
			return false;
		if (dot == name.npos)
			return !is_number(label);
		name.remove_prefix(dot + 1);
	}
}

/* A directory as directories are compared: "//run/./x/" is "/run/x". An abstract name as it is. */
std::string canonical_path(const std::string& path)
{
	if (!path.starts_with('/'))
		return path;
	std::string canonical;
	for (size_t begin = 0; begin < path.size();)
	{
		const auto end = std::min(path.find('/', begin), path.size());
		const std::string part = path.substr(begin, end - begin);
		if (!part.empty() && part != ".")
			canonical += "/" + part;
		begin = end + 1;
	}
	return canonical.empty() ? "/" : canonical;
}

/* Takes ":5432" off the end; false, and a sentence in `error`, for one that is no port. */
bool take_port(std::string& text, int& port, std::string& error)
{
	const auto colon = text.rfind(':');
	if (colon == text.npos)
		return true;
	const char* end = text.data() + text.size();
	const auto [stopped, failed] = std::from_chars(text.data() + colon + 1, end, port);
	if (failed != std::errc() || stopped != end || port < 1 || port > 65535)
	{
		error = "\"" + text + "\" does not end in a port from 1 to 65535.";
		return false;
	}
	text.erase(colon);
	return true;
}

bool fits(int entry, int port)
{
	return entry == 0 || entry == port;
}

} // namespace

std::optional<AllowedHosts::Entry> AllowedHosts::parse_range(const std::string& text, int port,
                                                             bool excluded, std::string& error)
{
	const auto range = read_range(text, error);
	if (!range)
		return std::nullopt;
	return Entry{excluded ? Kind::excluded_range : Kind::range, port, text, *range};
}

std::optional<AllowedHosts::Entry> AllowedHosts::parse_host(const std::string& text, int port,
                                                            std::string& error)
{
	if (text == "*")
		return Entry{Kind::any_host, port, text};
	const bool below = text.starts_with("*.");
	const std::string name = canonical_name(below ? text.substr(2) : text);
	if (is_name(name))
		return Entry{below ? Kind::names_below : Kind::name, port, below ? "." + name : name};
	if (std::any_of(name.begin(), name.end(), [](char c) { return c < ' ' || c > '~'; }))
		error = "\"" + text + "\" is not ASCII: write such a name as in the DNS, \"xn--…\".";
	else
		error = "\"" + text +
		        "\" is not a host: not a name, \"*.\" and a name, an address, a range "
		        "of addresses or the directory of a socket.";
	return std::nullopt;
}

std::optional<AllowedHosts::Entry> AllowedHosts::parse_entry(std::string text, std::string& error)
{
	const std::string whole = text;
	const bool excluded = text.starts_with('!');
	if (excluded)
		text = trimmed(text.substr(1));
	int port = 0;
	/* An IPv6 address without brackets has no port. */
	const bool bracketed = text.starts_with('[');
	const bool bare_v6 = !bracketed && !text.starts_with('/') && !text.starts_with('@') &&
	                     std::count(text.begin(), text.end(), ':') > 1;
	const auto closing = text.rfind(']');
	if (bracketed && closing == text.npos)
	{
		error = "\"" + whole + "\" lacks its closing bracket.";
		return std::nullopt;
	}
	if (bracketed ? text.find(':', closing) != text.npos : !bare_v6)
		if (!take_port(text, port, error))
			return std::nullopt;
	if (bracketed)
	{
		text.erase(closing, 1).erase(0, 1);
		if (text.find(':') == text.npos)
		{
			error = "\"" + whole + "\" has brackets, which are for IPv6 addresses.";
			return std::nullopt;
		}
	}
	if (bracketed || bare_v6 || (text.find('/') != text.npos && !text.starts_with('/')) ||
	    read_address(text))
		return parse_range(text, port, excluded, error);
	if (excluded)
	{
		error = "\"" + whole +
		        "\": only addresses can be excluded, since a name can be gone round by another.";
		return std::nullopt;
	}
	if (text == "/*")
		return Entry{Kind::any_socket, port, text};
	if (text.starts_with('/') || (text.starts_with('@') && text.size() > 1))
		return Entry{Kind::socket, port, canonical_path(text)};
	return parse_host(text, port, error);
}

std::optional<AllowedHosts> AllowedHosts::parse(const std::string& text, std::string& error)
{
	AllowedHosts hosts;
	if (trimmed(text).empty())
		return hosts;
	for (size_t begin = 0; begin <= text.size();)
	{
		const auto end = std::min(text.find(',', begin), text.size());
		const std::string element = trimmed(text.substr(begin, end - begin));
		begin = end + 1;
		if (element.empty())
		{
			error = "There is nothing between two commas, or at an end.";
			return std::nullopt;
		}
		auto entry = parse_entry(element, error);
		if (!entry)
			return std::nullopt;
		hosts.entries_.push_back(std::move(*entry));
	}
	return hosts;
}

bool AllowedHosts::allow_everything() const
{
	bool hosts = false, sockets = false;
	for (const Entry& entry : entries_)
	{
		hosts |= entry.kind == Kind::any_host && entry.port == 0;
		sockets |= entry.kind == Kind::any_socket && entry.port == 0;
		if (entry.kind == Kind::excluded_range)
			return false;
	}
	return hosts && sockets;
}

bool AllowedHosts::allow_socket(const std::string& path, int port) const
{
	return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
		return fits(entry.port, port) &&
		       (entry.kind == Kind::any_socket ||
		        (entry.kind == Kind::socket && entry.text == canonical_path(path)));
	});
}

bool AllowedHosts::allow_name(const std::string& host, int port) const
{
	const std::string name = canonical_name(host);
	const bool is_dns_name = is_name(name);
	return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
		if (!fits(entry.port, port))
			return false;
		return entry.kind == Kind::any_host ||
		       (is_dns_name && ((entry.kind == Kind::name && entry.text == name) ||
		                        (entry.kind == Kind::names_below && name.ends_with(entry.text))));
	});
}

bool AllowedHosts::allow_address(const Address& address, int port) const
{
	return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
		return fits(entry.port, port) &&
		       (entry.kind == Kind::any_host ||
		        (entry.kind == Kind::range && contains(entry.range, address)));
	});
}

bool AllowedHosts::allow_any_address() const
{
	return std::any_of(entries_.begin(), entries_.end(),
	                   [](const Entry& entry) { return entry.kind == Kind::range; });
}

std::optional<std::string> AllowedHosts::excluded_by(const Address& address, int port) const
{
	const auto inner = translated(address);
	for (const Entry& entry : entries_)
		if (entry.kind == Kind::excluded_range && fits(entry.port, port) &&
		    (contains(entry.range, address) || (inner && contains(entry.range, *inner))))
			return entry.text;
	return std::nullopt;
}

} // namespace datalinks::remote
