/*
 * The hosts of a connection, its deadline, and whether it leaves the machine: connectOptions2 and
 * connectDBComplete of libpq's fe-connect.c, for a caller that connects to one host at a time.
 */
#include "remote/hosts.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "remote/url_error.hpp"

namespace datalinks::remote
{

std::vector<std::string> split_list(const std::string& list)
{
	std::vector<std::string> elements;
	size_t begin = 0;

	for (;;)
	{
		const auto comma = list.find(',', begin);
		elements.push_back(list.substr(begin, comma - begin));
		if (comma == list.npos)
			return elements;
		begin = comma + 1;
	}
}

bool is_ipv6(const std::string& host)
{
	in6_addr address{};
	return inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) == 1;
}

namespace
{

/* An empty value takes the option away. */
void set_value(Options& options, std::string_view keyword, const std::string& value)
{
	const auto found = std::find_if(options.begin(), options.end(), [&](const Option& option) {
		return option.keyword == keyword;
	});
	if (found == options.end())
		return;
	if (value.empty())
		options.erase(found);
	else
		found->value = value;
}

bool is_loopback(const std::string& host)
{
	in_addr v4{};
	in6_addr v6{};
	const std::string_view localhost = "localhost";

	if (inet_pton(AF_INET, host.c_str(), &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host.c_str(), &v6) == 1)
		return std::equal(std::begin(v6.s6_addr), std::end(v6.s6_addr),
		                  std::begin(in6addr_loopback.s6_addr));
	return std::equal(host.begin(), host.end(), localhost.begin(), localhost.end(),
	                  [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

std::vector<Options> each_host(const Options& connection)
{
	const auto hosts = split_list(value_of(connection, "host"));
	const auto addresses = split_list(value_of(connection, "hostaddr"));
	const auto ports = split_list(value_of(connection, "port"));
	const bool has_host = !value_of(connection, "host").empty();
	const bool has_address = !value_of(connection, "hostaddr").empty();
	const auto count = has_address ? addresses.size() : hosts.size();
	std::vector<Options> each;

	if (has_host && has_address && hosts.size() != addresses.size())
		refuse("Its lists of host and hostaddr differ in length.",
		       "Give one hostaddr for each host.");
	if (ports.size() != 1 && ports.size() != count)
		refuse("Its list of ports and its list of hosts differ in length.",
		       "Give one port for all hosts, or one for each.");

	for (size_t i = 0; i < count; ++i)
	{
		Options one = connection;
		set_value(one, "host", has_host ? hosts[i] : "");
		set_value(one, "hostaddr", has_address ? addresses[i] : "");
		set_value(one, "port", ports.size() == 1 ? ports[0] : ports[i]);
		each.push_back(std::move(one));
	}
	return each;
}

} // namespace

std::vector<Options> split_hosts(const Options& connection)
{
	std::vector<Options> attempts = each_host(connection);

	if (attempts.size() == 1)
		return {connection};
	if (value_of(connection, "target_session_attrs") != "prefer-standby")
		return attempts;

	std::vector<Options> second_pass = attempts;
	for (Options& one : attempts)
		set_value(one, "target_session_attrs", "standby");
	for (Options& one : second_pass)
		set_value(one, "target_session_attrs", "any");
	attempts.insert(attempts.end(), second_pass.begin(), second_pass.end());
	return attempts;
}

bool needs_look_up(const Options& host)
{
	const std::string name = value_of(host, "host");
	in_addr v4{};
	if (!value_of(host, "hostaddr").empty())
		return false;
	/* A service may bring a host. */
	if (name.empty())
		return !value_of(host, "service").empty();
	return !name.starts_with('/') && !name.starts_with('@') && !is_ipv6(name) &&
	       inet_pton(AF_INET, name.c_str(), &v4) != 1;
}

int connect_timeout(const Options& connection)
{
	const std::string value = value_of(connection, "connect_timeout");
	if (value.empty())
		return 10;

	/* As libpq's parse_int_param: a sign, and spaces on both sides, are fine. */
	char* end = nullptr;
	errno = 0;
	const long seconds = std::strtol(value.c_str(), &end, 10);
	if (end == value.c_str() || errno != 0 || seconds < INT_MIN || seconds > INT_MAX ||
	    std::string_view(end).find_first_not_of(" \t\n\v\f\r") != std::string_view::npos)
		refuse("Its connect_timeout is not a number of seconds.",
		       "Give whole seconds; 0 is no limit.");

	/* libpq rounds to whole seconds, so that 1 could mean hardly any time at all. */
	return seconds <= 0 ? 0 : std::max(static_cast<int>(seconds), 2);
}

bool over_network(const Options& connection)
{
	if (!value_of(connection, "service").empty() && value_of(connection, "host").empty() &&
	    value_of(connection, "hostaddr").empty())
		return true;

	for (const Options& one : each_host(connection))
	{
		const std::string address = value_of(one, "hostaddr");
		const std::string host = value_of(one, "host");

		if (!address.empty() ? !is_loopback(address)
		                     : !host.empty() && !host.starts_with('/') && !host.starts_with('@') &&
		                           !is_loopback(host))
			return true;
	}
	return false;
}

bool tls_required(const Options& connection)
{
	const std::string mode = value_of(connection, "sslmode");
	return mode == "require" || mode == "verify-ca" || mode == "verify-full";
}

} // namespace datalinks::remote
