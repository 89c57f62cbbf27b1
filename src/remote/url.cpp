/*
 * The remote's URL: parsing through libpq, and the form for display. See url.hpp.
 */
#include "remote/url.hpp"

#include <charconv>
#include <string_view>
#include <utility>

#include "remote/hosts.hpp"
#include "remote/parameters.hpp"
#include "remote/url_error.hpp"

namespace datalinks::remote
{

namespace
{

constexpr const char* default_connect_timeout = "10";

/*
 * libpq ends the credentials at the first "@" that no "/" precedes. With any other "@" in the
 * text, part of a password may have been taken for a host or a database.
 */
void check_at_signs(std::string_view rest)
{
	const auto credentials_end = rest.find_first_of("@/");
	const bool has_credentials = credentials_end != rest.npos && rest[credentials_end] == '@';
	const auto next = rest.find('@', has_credentials ? credentials_end + 1 : 0);

	if (next != rest.npos)
		refuse("It holds an \"@\" besides the one that ends user name and password, "
		       "or a \"/\" before that one.",
		       percent_hint);
}

void check_form(const std::string& text)
{
	const auto scheme = scheme_length(text);

	if (scheme > 0)
		check_at_signs(std::string_view(text).substr(scheme));
	else if (text.substr(0, text.find('=')).find("://") != text.npos)
		refuse("A URL must begin with postgres:// or postgresql://.", form_hint);
	else if (text.find('=') == text.npos)
		refuse("It is neither a URL nor a keyword string.", form_hint);
}

bool is_port(std::string_view text)
{
	int number = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	return error == std::errc() && end == text.data() + text.size() && number > 0 && number < 65536;
}

/*
 * Values that libpq would refuse when it connects, and then repeat: pieces of a URL and its
 * password may stand in them.
 */
void check_values(const std::string& text, const Options& server)
{
	const std::string dbname = value_of(server, "dbname");
	if (scheme_length(dbname) > 0 || dbname.find('=') != dbname.npos)
		throw UrlError(UrlError::forbidden_parameter,
		               "dbname in remote URL must be the name of a database",
		               "It holds \"=\" or begins as a URL does, and libpq would read a connection "
		               "string in it.",
		               "Give each connection parameter for itself.");

	for (const Option& option : server)
		if (scheme_length(option.value) > 0)
			refuse("A parameter in it has a URL for its value.", form_hint);

	for (const Options& one : split_hosts(server))
	{
		const std::string port = value_of(one, "port");
		if (!port.empty() && !is_port(port))
			refuse("A port in it is not a number from 1 to 65535.", percent_hint);

		const std::string host = value_of(one, "host");
		const bool is_name = !host.starts_with('/') && !host.starts_with('@') && !is_ipv6(host);
		if (is_name && host.find_first_of("@:") != host.npos)
			refuse("A host in it holds an \"@\" or a \":\".",
			       scheme_length(text) > 0
			           ? percent_hint
			           : "Give port, user and password each as a keyword of its own.");
	}
	connect_timeout(server);
}

} // namespace

Url parse_url(const std::string& text)
{
	check_form(text);

	std::string error;
	const Parameters parameters = parse_parameters(text.c_str(), error);
	if (!parameters)
		explain(text, error);

	Url url;
	for (const PQconninfoOption* parameter = parameters.get(); parameter->keyword != nullptr;
	     ++parameter)
	{
		const std::string keyword = parameter->keyword;
		std::string value = parameter->val != nullptr ? parameter->val : "";

		/* "postgres://a,b/" comes back with the ports ",". */
		if (keyword == "port" && value.find_first_not_of(',') == value.npos)
			value.clear();
		if (value.empty() && keyword == "connect_timeout")
			value = default_connect_timeout;
		if (value.empty())
			continue;

		const Place place = place_of(*parameter);
		if (place == Place::nowhere)
			refuse_parameter(UrlError::forbidden_parameter, text, keyword);
		(place == Place::server ? url.server : url.mapping).push_back({keyword, std::move(value)});
	}
	check_values(text, url.server);
	return url;
}

namespace
{

/* Percent-encodes everything but RFC 3986's unreserved characters and those in as_well. */
std::string encode(std::string_view text, std::string_view as_well = "")
{
	constexpr std::string_view hex = "0123456789ABCDEF";
	std::string encoded;

	for (const char c : text)
	{
		const auto byte = static_cast<unsigned char>(c);
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    std::string_view("-._~").find(c) != std::string_view::npos ||
		    as_well.find(c) != as_well.npos)
			encoded += c;
		else
			((encoded += '%') += hex[byte >> 4]) += hex[byte & 15];
	}
	return encoded;
}

std::string encode_host(const std::string& host)
{
	return is_ipv6(host) ? "[" + encode(host, ":") + "]" : encode(host);
}

/* host:port,… with a port for each host or with none at all. */
std::string host_list(const std::string& host, const std::string& port)
{
	const auto hosts = split_list(host);
	const auto ports = split_list(port);
	std::string list;

	for (size_t i = 0; i < hosts.size(); ++i)
	{
		list += (i > 0 ? "," : "") + encode_host(hosts[i]);
		if (!port.empty() && !ports[i].empty())
			list += ":" + encode(ports[i]);
	}
	return list;
}

} // namespace

std::string display(const Options& server, const std::string& user)
{
	if (const std::string name = value_of(server, url_name_option); !name.empty())
		return name_scheme + name;
	const std::string host = value_of(server, "host");
	const std::string port = value_of(server, "port");
	const std::string dbname = value_of(server, "dbname");
	/* One port for several hosts stays one: as a parameter it can. */
	const bool port_in_list = split_list(port).size() == split_list(host).size();
	const std::string hosts = host_list(host, port_in_list ? port : "");
	const Parameters parameters = known_parameters();
	std::string query;

	for (const PQconninfoOption* parameter = parameters.get(); parameter->keyword != nullptr;
	     ++parameter)
	{
		const std::string_view keyword = parameter->keyword;
		const std::string value = value_of(server, parameter->keyword);

		if (value.empty() || place_of(*parameter) != Place::server || keyword == "host" ||
		    keyword == "dbname" || (keyword == "port" && port_in_list) ||
		    (keyword == "connect_timeout" && value == default_connect_timeout))
			continue;
		((query += query.empty() ? '?' : '&') += keyword) += "=" + encode(value, "/:,");
	}
	return "postgres://" + (user.empty() ? "" : encode(user) + "@") + hosts +
	       (hosts.empty() || !dbname.empty() ? "/" : "") + encode(dbname) + query;
}

std::string database_of(const Options& server, const std::string& user)
{
	for (const std::string& name : {value_of(server, url_name_option), value_of(server, "dbname"),
	                                value_of(server, "service")})
		if (!name.empty())
			return name;
	return user;
}

} // namespace datalinks::remote
