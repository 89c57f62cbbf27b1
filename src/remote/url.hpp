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

#include "remote/options.hpp"

namespace datalinks::remote
{

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

/* What a URL begins with that is the name of one in the administrator's file: "name:orders". */
inline constexpr const char* name_scheme = "name:";

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
 * The server's options as a URI that parse_url reads back to the same ones; of a named URL, its
 * name and nothing that it stands for. The user is shown when it is not empty. Secrets, user, and
 * keywords that libpq does not know or postgres_fdw refuses are passed over, whoever put them in;
 * so is a connect_timeout of 10.
 */
std::string display(const Options& server, const std::string& user);

/*
 * What the remote is called: its name in the administrator's file, else its dbname, else the
 * service's name, else the user, who may be empty.
 */
std::string database_of(const Options& server, const std::string& user);

} // namespace datalinks::remote
