/*
 * The administrator's rules: see administrator.hpp.
 */
#include "remote/administrator.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "remote/effective.hpp"
#include "remote/hosts.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

char* allowed_hosts = nullptr;
char* min_sslmode = nullptr;
bool rules_for_superusers = false;

namespace
{

namespace sqlstate = pg::sqlstate;

/* From the least to the most. */
constexpr std::array<std::string_view, 6> modes{"disable", "allow",     "prefer",
                                                "require", "verify-ca", "verify-full"};
constexpr size_t mode_require = 3;

std::optional<size_t> find_mode(std::string_view mode)
{
	const auto* found = std::find(modes.begin(), modes.end(), mode);
	if (found == modes.end())
		return std::nullopt;
	return static_cast<size_t>(found - modes.begin());
}

bool defining = false;

/*
 * A value that stood before the setting was known. One that somebody gave who may not is not
 * taken, with a WARNING; but if it came with the connection, it has displaced the value of the
 * role or database already, and what is left is the default: then nobody knows which rule holds.
 */
struct Standing
{
	const char* value; /* the server's, until the setting is defined */
	bool taken;
};
Standing standing_hosts, standing_sslmode;

Standing find_standing(const char* setting)
{
	return {GetConfigOption(setting, true, false), false};
}

void note_taken(Standing& standing, const char* value, int source)
{
	if (defining && source != PGC_S_DEFAULT && standing.value != nullptr &&
	    std::strcmp(standing.value, value) == 0)
		standing.taken = true;
}

/*
 * Whether a value is found where it stands already. Parallel workers take their leader's. Of the
 * files that is true only where the settings are defined: ALTER SYSTEM looks like one, too.
 */
bool is_found(int source)
{
	return defining || InitializingParallelWorker ||
	       (source < PGC_S_INTERACTIVE && source != PGC_S_FILE);
}

} // namespace

void define_rules(bool begin)
{
	defining = begin;
	if (begin)
	{
		standing_hosts = find_standing("datalinks.allowed_hosts");
		standing_sslmode = find_standing("datalinks.min_sslmode");
	}
}

bool check_allowed_hosts(char** value, void**, int source)
{
	std::array<char, 256> detail{};
	note_taken(standing_hosts, *value, source);
	try
	{
		std::string error;
		if (AllowedHosts::parse(*value, error) || is_found(source))
			return true;
		error.copy(detail.data(), detail.size() - 1);
	}
	catch (const std::bad_alloc&)
	{
		return false;
	}
	GUC_check_errdetail("%s", detail.data());
	GUC_check_errhint("Write it as in 'db.example.com, *.internal.example.com:5432, 10.0.0.0/8, "
	                  "[fd00::]/8, /run/postgresql'.");
	return false;
}

bool check_min_sslmode(char** value, void**, int source)
{
	note_taken(standing_sslmode, *value, source);
	if (find_mode(*value) || is_found(source))
		return true;
	GUC_check_errdetail("It is one of disable, allow, prefer, require, verify-ca, verify-full.");
	return false;
}

namespace
{

pg::Failure unreadable(const char* setting, const std::string& detail)
{
	return pg::Failure(sqlstate::invalid_parameter_value,
	                   "invalid value for parameter \"" + std::string(setting) + "\"")
	    .detail("Nothing may be connected to: " + detail)
	    .hint("A superuser can correct the setting, which may be one of this database or role.");
}

/* Pointers of the server's may have gone by now: they are only compared with none. */
void require_known(const Standing& standing, const char* setting)
{
	if (standing.value != nullptr && !standing.taken)
		throw pg::Failure(sqlstate::insufficient_privilege,
		                  "permission denied to set parameter \"" + std::string(setting) + "\"")
		    .detail("Nothing may be connected to in this session: which rule holds in it is not "
		            "known.")
		    .hint("Connect again, and leave the setting alone.");
}

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
	require_known(standing_hosts, "datalinks.allowed_hosts");
	require_known(standing_sslmode, "datalinks.min_sslmode");
	std::string error;
	auto hosts = AllowedHosts::parse(allowed_hosts, error);
	if (!hosts)
		throw unreadable("datalinks.allowed_hosts", error);
	const auto mode = find_mode(min_sslmode);
	if (!mode)
		throw unreadable("datalinks.min_sslmode", "it is not a mode of libpq's.");
	if (hosts->allow_everything() && *mode == 0)
		return std::nullopt;
	Rules rules;
	rules.hosts_ = std::move(*hosts);
	rules.sslmode_ = *mode;
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
	return sslmode_ >= mode_require;
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
	const auto given = find_mode(mode);
	if (sslmode_ > 0 && (!given || *given < sslmode_))
		return refused("The setting datalinks.min_sslmode asks for sslmode " +
		                   std::string(modes[sslmode_]) + " at least, and the connection has " +
		                   mode + ".",
		               "Add sslmode=" + std::string(modes[sslmode_]) + " to the URL.");
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
	                   std::string(modes[sslmode_]) + " at least, and the connection has no TLS.",
	               "Turn TLS on there.");
}

} // namespace datalinks::remote
