/*
 * The links that were reset: rows of datalinks.invalid_link. Everybody may read them, they hold no
 * secret; they are written here alone, with the rights of the extension's owner.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link/comments.hpp"
#include "link/link.hpp"

namespace datalinks::link
{

struct InvalidLink
{
	std::string name;
	std::string remote;      /* its URL, without user and password */
	std::string remote_name; /* empty where only the user would tell it */
	Settings settings;
	pg::Options server_options; /* postgres_fdw's, which the user had set */
	std::string owner;          /* the role's name then */
	unsigned owner_oid;
	std::string cluster; /* in which that OID counts */
	std::string grants;  /* JSON: what grants_on() returned */
	std::string created_at;
	std::string invalidated_at;
	std::string reason;
	Comments comments; /* that users had written */
};

/* Every row, ordered by name. */
std::vector<InvalidLink> all_invalid_links();

std::optional<InvalidLink> find_invalid_link(const std::string& name);

/*
 * Writes what the link was, and why it is no more. A row of the same name and owner is replaced;
 * another owner's stays, or anybody could write over it by dropping a link of its name.
 */
void remember(const Link& link, const std::string& grants, const Comments& comments,
              const std::string& reason);

/* Deletes the row of that name, if there is one. */
void forget(const std::string& name);

/*
 * The role whose link it was, under whatever name it stands now; 0 when it is gone. In another
 * cluster, into which the row was restored, OIDs say nothing: there the name counts.
 */
unsigned owner_of(const InvalidLink& link);

/* Whether the current user may speak for the link's owner, or for the database. */
bool is_owner(const InvalidLink& link);

/*
 * Whether a link of the same name is nothing but another role's claim to it, which anybody may
 * make: it has no schema. The invalid link is the one that is meant then.
 */
bool merely_claims(const Link& link, const InvalidLink& invalid);

/* Throws 42501 unless is_owner. */
void require_owner(const InvalidLink& link);

/*
 * Throws 42501 where a schema of the link's name stands that is not its owner's: what is made there
 * would be another role's to read, password included.
 */
void require_not_taken(const InvalidLink& link);

} // namespace datalinks::link
