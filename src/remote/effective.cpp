/*
 * What libpq makes of a connection's options: see effective.hpp.
 */
#include "remote/effective.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include "remote/hosts.hpp"
#include "remote/parameters.hpp"

namespace datalinks::remote
{

namespace
{

struct Finish
{
	void operator()(PGconn* connection) const
	{
		PQfinish(connection);
	}
};
using Unconnected = std::unique_ptr<PGconn, Finish>;

/*
 * A connection that libpq has gathered everything for and then refuses, by a value that is looked
 * at after the hosts and before anything is done: so it tells what it would have gone by.
 */
Unconnected gather(const Options& options)
{
	std::vector<const char*> keywords, values;
	for (const Option& option : options)
	{
		keywords.push_back(option.keyword.c_str());
		values.push_back(option.value.c_str());
	}
	keywords.insert(keywords.end(), {"ssl_min_protocol_version", nullptr});
	values.insert(values.end(), {"none", nullptr});
	Unconnected connection(PQconnectStartParams(keywords.data(), values.data(), 0));
	if (!connection)
		throw std::bad_alloc();
	return connection;
}

/* The directory in which libpq looks for a socket where no host is given. */
std::string default_socket()
{
	const Unconnected two_empty = gather({{"host", ","}, {"hostaddr", ","}, {"port", "1"}});
	return PQhost(two_empty.get());
}

std::string joined(const std::vector<std::string>& elements)
{
	std::string list;
	for (size_t i = 0; i < elements.size(); ++i)
		list += (i > 0 ? "," : "") + elements[i];
	return list;
}

/* Gives each host that has neither name nor address the default one. */
void name_default_host(Options& options)
{
	const std::string host = value_of(options, "host"), address = value_of(options, "hostaddr");
	auto hosts = split_list(host);
	const auto addresses = split_list(address);
	if (host.empty())
		hosts.resize(address.empty() ? 1 : addresses.size());
	for (size_t i = 0; i < hosts.size(); ++i)
		if (hosts[i].empty() && (address.empty() || i >= addresses.size() || addresses[i].empty()))
			hosts[i] = default_socket();
	std::erase_if(options, [](const Option& option) { return option.keyword == "host"; });
	const bool any = std::any_of(hosts.begin(), hosts.end(),
	                             [](const std::string& one) { return !one.empty(); });
	if (any)
		options.push_back({"host", joined(hosts)});
}

/* Gives each host of a list that has no port of its own the default one. */
void name_default_port(Options& options, const PQconninfoOption* parameters)
{
	std::string standard;
	for (const PQconninfoOption* parameter = parameters; parameter->keyword != nullptr; ++parameter)
		if (std::string_view(parameter->keyword) == "port" && parameter->compiled != nullptr)
			standard = parameter->compiled;
	auto ports = split_list(value_of(options, "port"));
	for (std::string& port : ports)
		if (port.empty())
			port = standard;
	std::erase_if(options, [](const Option& option) { return option.keyword == "port"; });
	options.push_back({"port", joined(ports)});
}

} // namespace

std::optional<Options> effective(const Options& connection, std::string& error)
{
	constexpr std::array<std::string_view, 5> decisive{"host", "hostaddr", "port", "sslmode",
	                                                   "target_session_attrs"};
	const Unconnected gathered = gather(libpq_options(connection));
	const std::string_view host = PQhost(gathered.get());
	const Parameters parameters(PQconninfo(gathered.get()));
	if (!parameters)
		throw std::bad_alloc();
	/* Without a host it did not get as far as that: an unreadable service file, for example. */
	if (host.empty() || PQstatus(gathered.get()) != CONNECTION_BAD)
	{
		error = PQerrorMessage(gathered.get());
		return std::nullopt;
	}
	Options options = connection;
	for (const PQconninfoOption* parameter = parameters.get(); parameter->keyword != nullptr;
	     ++parameter)
	{
		const std::string_view keyword = parameter->keyword;
		if (std::find(decisive.begin(), decisive.end(), keyword) == decisive.end())
			continue;
		std::erase_if(options, [&](const Option& option) { return option.keyword == keyword; });
		if (parameter->val != nullptr && *parameter->val != '\0')
			options.push_back({parameter->keyword, parameter->val});
	}
	name_default_host(options);
	name_default_port(options, parameters.get());
	return options;
}

} // namespace datalinks::remote
