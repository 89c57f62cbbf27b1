/*
 * The administrator's rules: see administrator.hpp.
 */
#include "remote/administrator.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "remote/effective.hpp"
#include "remote/hosts.hpp"
#include "remote/rule_settings.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

namespace
{

namespace sqlstate = pg::sqlstate;

pg::Failure refused(const std::string& detail, const std::string& hint)
{
	return pg::Failure(sqlstate::insufficient_privilege,
	                   "permission denied to connect to the remote")
	    .detail(detail)
	    .hint(hint);
}

pg::Failure refused_host(const std::string& detail)
{
	return refused(detail, "A superuser can change the setting, for a database or a role.");
}

/* As libpq reads it: a sign and spaces are fine. 0 is no port, and none that libpq takes. */
int port_of(const Options& host)
{
	const std::string text = value_of(host, "port");
	char* end = nullptr;
	const long number = std::strtol(text.c_str(), &end, 10);
	const bool whole =
	    std::string_view(end).find_first_not_of(" \t\n\v\f\r") == std::string_view::npos;
	return whole && number > 0 && number < 65536 ? static_cast<int>(number) : 0;
}

/* A host as it is shown, with its port. */
std::string shown(const Options& host)
{
	constexpr size_t longest = 256;
	const std::string address = value_of(host, "hostaddr");
	return "\"" + (address.empty() ? value_of(host, "host") : address).substr(0, longest) +
	       "\", port " + std::to_string(port_of(host));
}

bool leads_to_socket(const Options& host)
{
	const std::string name = value_of(host, "host");
	return value_of(host, "hostaddr").empty() && (name.starts_with('/') || name.starts_with('@'));
}

} // namespace

std::optional<Rules> Rules::in_force(bool superusers_alone)
{
	if (superusers_alone && !rules_for_superusers)
		return std::nullopt;
	Rules rules;
	rules.hosts_ = read_allowed_hosts();
	rules.sslmode_ = read_min_sslmode();
	if (rules.hosts_.allow_everything() && rules.sslmode_ == 0)
		return std::nullopt;
	return rules;
}

Options Rules::effective(const Options& connection)
{
	std::string error;
	auto options = remote::effective(connection, error);
	/* What libpq says may hold a piece of the options. */
	if (!options)
		throw pg::Failure(sqlstate::invalid_parameter_value,
		                  "the server's options do not make a connection")
		    .detail("libpq cannot tell which host they mean.")
		    .hint("Where they name a service, look into the server's service file.");
	return std::move(*options);
}

bool Rules::requires_tls() const
{
	return sslmode_ >= find_sslmode("require");
}

std::optional<pg::Failure> Rules::refusal(const Options& host) const
{
	const int port = port_of(host);
	const auto forbidden = [&] {
		return refused_host("The setting datalinks.allowed_hosts does not allow " + shown(host) +
		                    ".");
	};
	/* libpq would refuse it, too. */
	if (port == 0)
		return forbidden();
	if (leads_to_socket(host))
	{
		if (hosts_.allow_socket(value_of(host, "host"), port))
			return std::nullopt;
		return forbidden();
	}
	const std::string mode = value_of(host, "sslmode");
	const auto given = find_sslmode(mode);
	if (sslmode_ > 0 && (!given || *given < sslmode_))
		return refused("The setting datalinks.min_sslmode asks for sslmode " +
		                   std::string(sslmodes[sslmode_]) + " at least, and the connection has " +
		                   mode + ".",
		               "Add sslmode=" + std::string(sslmodes[sslmode_]) + " to the URL.");
	/* A host's name beside an address is only a label. */
	const std::string name = value_of(host, "host"), address = value_of(host, "hostaddr");
	std::string ignored;
	const auto written = remote::look_up(address.empty() ? name : address, true, ignored);
	if (!written.empty())
		return objection_to(host, written, true);
	if (address.empty() && (hosts_.allow_name(name, port) || hosts_.allow_any_address()))
		return std::nullopt;
	return forbidden();
}

/* `tell`: whether an address may be named that is not written there. */
std::optional<pg::Failure>
Rules::objection_to(const Options& host, const std::vector<FoundAddress>& found, bool tell) const
{
	const std::string name = value_of(host, "host"), given = value_of(host, "hostaddr");
	const int port = port_of(host);
	const bool by_name = given.empty() && hosts_.allow_name(name, port);
	for (const FoundAddress& one : found)
	{
		const bool is_new = one.text != name && one.text != given;
		const std::string what =
		    shown(host) + (tell && is_new ? " (" + one.text + ")" : std::string());
		if (const auto range = hosts_.excluded_by(one.address, port))
			return refused_host("The setting datalinks.allowed_hosts excludes " + *range +
			                    ", and so " + what + ".");
		if (!by_name && !hosts_.allow_address(one.address, port))
			return refused_host("The setting datalinks.allowed_hosts does not allow " + what + ".");
	}
	return std::nullopt;
}

LookUp Rules::look_up(Options& host, bool tell) const
{
	if (leads_to_socket(host))
		return {};
	const std::string name = value_of(host, "host"), given = value_of(host, "hostaddr");
	std::string error;
	const auto found = remote::look_up(given.empty() ? name : given, !given.empty(), error);
	LookUp result;
	result.refused = objection_to(host, found, tell);
	if (found.empty())
	{
		/* Whether there is such a name is not for everybody to find out. */
		if (!tell && !hosts_.allow_name(name, port_of(host)))
			result.refused = refused_host("The setting datalinks.allowed_hosts does not allow " +
			                              shown(host) + ".");
		result.failed = "could not translate host " + shown(host) + " to an address: " + error;
	}
	if (result.refused || found.empty())
		return result;
	std::string names, addresses;
	for (const FoundAddress& one : found)
	{
		(names += names.empty() ? "" : ",") += name;
		(addresses += addresses.empty() ? "" : ",") += one.text;
	}
	std::erase_if(host, [](const Option& option) {
		return option.keyword == "host" || option.keyword == "hostaddr";
	});
	if (!name.empty())
		host.push_back({"host", names});
	host.push_back({"hostaddr", addresses});
	/* Encryption by Kerberos would stand in for TLS, whatever sslmode says. */
	if (requires_tls() && knows_parameter("gssencmode"))
	{
		std::erase_if(host, [](const Option& option) { return option.keyword == "gssencmode"; });
		host.push_back({"gssencmode", "disable"});
	}
	return result;
}

std::optional<pg::Failure> Rules::refusal(const pg_conn* connection) const
{
	const char* address = PQhostaddr(connection);
	const bool over_tcp = address != nullptr && *address != '\0';
	if (!requires_tls() || !over_tcp || PQsslInUse(const_cast<pg_conn*>(connection)) != 0)
		return std::nullopt;
	return refused("The setting datalinks.min_sslmode asks for sslmode " +
	                   std::string(sslmodes[sslmode_]) +
	                   " at least, and the connection has no TLS.",
	               "Turn TLS on there.");
}

} // namespace datalinks::remote
