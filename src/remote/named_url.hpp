/*
 * Named URLs: what the administrator's file says a name stands for, and to whom.
 */
#pragma once

#include <string>
#include <vector>

#include "remote/options.hpp"

namespace datalinks::remote
{

/* datalinks.url_file: an absolute path, or empty. */
extern char* url_file;

struct NamedConnection
{
	Options connection;
	bool password_required; /* the file does not say that it goes without */
};

/*
 * What the name stands for in the file as it is now; superusers are always permitted. Throws 42501
 * where the file does not know the name or does not permit it to each of the roles, which are
 * told apart only for superusers (`tell`; a name that is unknown is 42704 then), and F0000 where
 * the file cannot be used, why being told to superusers alone.
 */
NamedConnection named_connection(const std::string& name, const std::vector<unsigned>& roles,
                                 bool tell);

} // namespace datalinks::remote
