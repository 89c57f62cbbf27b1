/*
 * The administrator's file of named URLs: its text taken apart. Sections as in pg_service.conf, and
 * roles as in pg_hba.conf:
 *
 *   # a comment
 *   [orders_prod]
 *   url = postgres://app:secret@db.example.com/orders
 *   roles = app, +reporting
 *   password_required = false
 *
 * Pure C++: nothing of the server. Besides UrlFileError only std::bad_alloc leaves this file.
 */
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace datalinks::remote
{

/*
 * A file that cannot be used. The text says what is wrong (lower-case, no full stop), and holds
 * nothing of the file.
 */
class UrlFileError : public std::runtime_error
{
public:
	explicit UrlFileError(const std::string& problem, std::size_t line = 0)
	    : std::runtime_error(problem), line_(line)
	{
	}
	/* From 1 on; 0 where it is the file as a whole. */
	std::size_t line() const noexcept
	{
		return line_;
	}

private:
	std::size_t line_;
};

/* Whom an entry is for: all, a role, or the members of one (+role). */
struct PermittedRole
{
	enum Kind
	{
		all,
		role,
		members
	};
	Kind kind;
	std::string name; /* empty for all */

	bool operator==(const PermittedRole&) const = default;
};

struct NamedUrl
{
	std::string name;
	std::size_t line;                 /* where its section begins */
	std::string url;                  /* a URL or a keyword string, not looked at */
	std::vector<PermittedRole> roles; /* none: superusers alone */
	bool password_required = true;
};

/* 1 to 63 letters, digits, "_", "-" and "." of ASCII: what may stand after "name:". */
bool is_url_name(std::string_view name);

/* Every entry, in the file's order. One mistake anywhere, and the file is none. */
std::vector<NamedUrl> parse_url_file(std::string_view text);

/*
 * The text of the file: a regular one of up to 1 MB, outside the directory, that is this process's
 * user's or root's and nobody else's to read, as PostgreSQL asks of a private key: 0600, or root's
 * with 0640. Symbolic links are followed; what counts is what was opened.
 */
std::string read_url_file(const std::string& path, const std::string& data_directory);

} // namespace datalinks::remote
