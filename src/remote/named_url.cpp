/*
 * Named URLs: see named_url.hpp.
 */
#include "remote/named_url.hpp"

#include <algorithm>

#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "remote/url.hpp"
#include "remote/url_file.hpp"
#include "schema/text.hpp"

namespace datalinks::remote
{

char* url_file = nullptr;

namespace
{

namespace sqlstate = pg::sqlstate;
using schema::compose;

[[noreturn]] void fail_by_file(bool tell, const std::string& problem)
{
	pg::Failure failure(sqlstate::config_file_error, "could not read the file of named URLs");
	if (tell)
		throw failure.detail(problem).hint("datalinks.url_file names the file.");
	throw failure.hint("Ask the server's administrator: a superuser is told the reason.");
}

std::vector<NamedUrl> read_file(bool tell)
{
	const std::string path = url_file != nullptr ? url_file : "";
	if (path.empty())
		fail_by_file(tell, "There is none: datalinks.url_file is not set.");
	try
	{
		return parse_url_file(read_url_file(path, pg::data_directory()));
	}
	catch (const UrlFileError& error)
	{
		const std::string line =
		    error.line() > 0 ? compose(", line %1%", error.line()) : std::string();
		fail_by_file(tell, compose("File \"%1%\"%2%: %3%.", path, line, error.what()));
	}
}

bool is_meant(const PermittedRole& permitted, unsigned role)
{
	switch (permitted.kind)
	{
	case PermittedRole::all:
		return true;
	case PermittedRole::role:
		return pg::role_name(role) == permitted.name;
	case PermittedRole::members:
		break;
	}
	const unsigned group = pg::find_role(permitted.name);
	return group != 0 && pg::is_member(role, group);
}

bool permits(const NamedUrl& entry, unsigned role)
{
	return pg::is_superuser(role) ||
	       std::any_of(entry.roles.begin(), entry.roles.end(),
	                   [&](const PermittedRole& permitted) { return is_meant(permitted, role); });
}

/* Who may not use a name may not learn whether there is one. */
[[noreturn]] void fail_forbidden(const std::string& name)
{
	throw pg::Failure(sqlstate::insufficient_privilege,
	                  compose("permission denied for URL name \"%1%\"", name))
	    .detail("The server's file of named URLs does not have it, or not for the link's owner or "
	            "the role that queries.");
}

[[noreturn]] void fail_unknown(const std::string& name)
{
	throw pg::Failure(sqlstate::undefined_object, compose("URL name \"%1%\" does not exist", name))
	    .detail(compose("File \"%1%\" has no section of this name.", url_file));
}

[[noreturn]] void fail_not_permitted(const NamedUrl& entry, unsigned role)
{
	throw pg::Failure(sqlstate::insufficient_privilege,
	                  compose("permission denied for URL name \"%1%\"", entry.name))
	    .detail(compose("File \"%1%\", line %2%: the section does not permit role \"%3%\".",
	                    url_file, entry.line, pg::role_name(role)));
}

} // namespace

NamedConnection named_connection(const std::string& name, const std::vector<unsigned>& roles,
                                 bool tell)
{
	const std::vector<NamedUrl> entries = read_file(tell);
	const auto entry = std::find_if(entries.begin(), entries.end(), [&](const NamedUrl& candidate) {
		return candidate.name == name;
	});
	if (entry == entries.end())
		tell ? fail_unknown(name) : fail_forbidden(name);
	for (const unsigned role : roles)
		if (!permits(*entry, role))
			tell ? fail_not_permitted(*entry, role) : fail_forbidden(name);
	try
	{
		Url url = parse_url(entry->url);
		url.server.insert(url.server.end(), url.mapping.begin(), url.mapping.end());
		return {std::move(url.server), entry->password_required};
	}
	catch (const UrlError& error)
	{
		fail_by_file(tell, compose("File \"%1%\", the section at line %2%: %3%. %4%", url_file,
		                           entry->line, error.message(), error.detail()));
	}
}

} // namespace datalinks::remote
