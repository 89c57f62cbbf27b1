/*
 * The remote's URL: from what the user typed to the options of a server and a user mapping, and
 * from a server's options back to a URL that may be shown.
 *
 * libpq's PQconninfoParse does the parsing. Its error texts repeat pieces of the input, the
 * password among them, so none of them is ever passed on: every error here has words of its own.
 *
 * Pure C++ over libpq: nothing of the server. Whatever fails throws UrlError; besides it only
 * std::bad_alloc leaves this file.
 */
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace datalinks::remote
{

/* One connection parameter of libpq: never empty, value decoded. */
struct Option
{
	std::string keyword;
	std::string value;

	bool operator==(const Option&) const = default;
};

/* In libpq's own order of parameters, each keyword once. */
using Options = std::vector<Option>;

/* What CREATE SERVER and CREATE USER MAPPING get, split as postgres_fdw's validator wants it. */
struct Url
{
	Options server;
	Options mapping;
};

/* A URL that cannot be used. No text of it holds a piece of a password. */
class UrlError : public std::exception
{
public:
	enum Kind
	{
		syntax,
		unknown_parameter,
		forbidden_parameter
	};

	UrlError(Kind kind, std::string message, std::string detail, std::string hint);

	const char* what() const noexcept override;
	Kind kind() const noexcept;
	/* As PostgreSQL's errmsg, errdetail and errhint have them; the last two may be empty. */
	const std::string& message() const noexcept;
	const std::string& detail() const noexcept;
	const std::string& hint() const noexcept;

private:
	struct Texts;

	Kind kind_;
	std::shared_ptr<const Texts> texts_; /* shared: copying what is thrown must not throw */
};

/*
 * Takes what libpq takes: a URI (postgres://, postgresql://) or a keyword string. Empty values are
 * dropped; connect_timeout is 10 seconds where the text gives none. A service file is not read
 * here (libpq reads it when it connects).
 *
 * Stricter than libpq where a password could end up as a host, port or database that all may see:
 * a URI may hold no "@" but the one that ends user name and password (libpq reads a host, and
 * silently, out of p@ss@host), a host holds neither "@" nor, unless an IPv6 address, ":", ports are
 * numbers, and a dbname that is itself a connection string is refused (libpq would expand it).
 *
 * Raises UrlError: syntax; unknown_parameter for one that this libpq does not know;
 * forbidden_parameter for one that postgres_fdw refuses too, and for such a dbname.
 */
Url parse_url(const std::string& text);

/*
 * The server's options as a URI that parse_url reads back to the same ones. The user is shown when
 * it is not empty. Secrets, user, and keywords that libpq does not know or postgres_fdw refuses
 * are passed over, whoever put them in; so is a connect_timeout of 10.
 */
std::string display(const Options& server, const std::string& user);

/* The user that libpq takes where none is given: of the environment, else of the system. */
std::string default_user();

/* What the remote is called: its dbname, else the service's name, else the user, who may be empty.
 */
std::string database_of(const Options& server, const std::string& user);

/*
 * One set of options for each attempt to connect, in order, each with one host. host, hostaddr and
 * port are split as libpq splits them (a single port serves all); an empty element is left out.
 * Where target_session_attrs is prefer-standby, every host is tried as a standby first and then as
 * any, as libpq does. Without a list the one element is the connection as it is.
 *
 * Raises UrlError (syntax) where the lists do not match in length.
 */
std::vector<Options> split_hosts(const Options& connection);

/* Whether the host (an element of split_hosts) is a name: neither an address nor a socket. */
bool needs_look_up(const Options& host);

/*
 * Seconds for each host: at least 2, 10 where none is given, 0 for no limit (0 or negative, as
 * libpq has it). Raises UrlError (syntax) where the value is no integer.
 */
int connect_timeout(const Options& connection);

/*
 * Whether any host is reached over a network: neither a socket directory (it begins with / or @)
 * nor loopback (localhost, 127.0.0.0/8, ::1). No host at all is the default socket. What a service
 * file holds is unknown here: a service without a host counts as over the network.
 */
bool over_network(const Options& connection);

/* Whether sslmode (require, verify-ca, verify-full) refuses a connection without TLS. */
bool tls_required(const Options& connection);

/* Those of the options that libpq takes: postgres_fdw's and our own stand among a server's. */
Options libpq_options(const Options& options);

/* Whether libpq knows a parameter: which libpq is loaded is not known when we are built. */
bool knows_parameter(const std::string& keyword);

/* The values that must not be shown: of all that libpq calls secret. */
std::vector<std::string> secrets_of(const Options& options);

/* The value of a keyword; empty when it is absent. */
std::string value_of(const Options& options, const std::string& keyword);

} // namespace datalinks::remote
