/*
 * Comments on a link's schema and server: they say what these are, where \dn+ and \des+ and their
 * like show it, until a user writes another.
 */
#pragma once

#include <map>
#include <string>
#include <vector>

#include "link/link.hpp"

namespace datalinks::link
{

/* Empty: none. */
struct Comments
{
	std::string schema;
	std::string server;
};

/* Says on both which link they are of, where to, and since when; with the caller's rights. */
void comment_on(const Link& link);

/*
 * What it says on the link as it was becomes what it says of it as it is: its name, its remote.
 * What a user has written stays.
 */
void follow_with_comments(const Link& before, const Link& after);

/* What users have written on the links' own schemas and servers, by server; of those that have. */
std::map<unsigned, Comments> users_comments(const std::vector<Link>& links);

/* Writes them again. */
void comment_again(const Link& link, const Comments& comments);

} // namespace datalinks::link
