/*
 * Links that are granted to roles: who may use one, by the owner's credentials. What says so is the
 * role's user mapping, which holds none (pg::lends); the privileges on schema and tables go with
 * it.
 */
#pragma once

#include <map>
#include <string>
#include <vector>

#include "link/link.hpp"

namespace datalinks::link
{

/* Who may use a link, besides its owner. */
struct Grantee
{
	unsigned role; /* 0: PUBLIC */
	bool read_only;
	bool lent; /* else by a user mapping of its own */
};

/* "public" or the role's name. */
std::string grantee_name(unsigned role);

/*
 * The OID of a role by its name as a function's argument, 0 for "public". Throws 42704 where there
 * is none; what may be a URL is not repeated.
 */
unsigned find_grantee(const std::string& name);

/* All of them, ordered by name. */
std::vector<Grantee> grantees_of(const Link& link);

/* The same of many links, by server. One scan for all. */
std::map<unsigned, std::vector<Grantee>> grantees_of(const std::vector<Link>& links);

/*
 * Lets the role use the link, or changes whether it may write. With the caller's rights, who must
 * own the link; a superuser's link goes by a superuser's word that no password is needed. Throws
 * 42710 where the role has a user mapping of its own.
 */
void lend(const Link& link, const Grantee& grantee);

/* Takes it back; returns false where nothing was lent. A mapping of the role's own stays. */
bool take_back(const Link& link, unsigned role);

/* The link's tables that its owner may grant on, as qualified names. */
std::vector<std::string> grantable_tables(const Link& link);

/*
 * Grants the privileges on these objects, qualified names in SQL, and on the schemas, that go with
 * a grant of the link; what goes beyond one for reading alone is revoked.
 */
void grant_objects(const Link& link, const Grantee& grantee, const std::vector<std::string>& tables,
                   const std::vector<std::string>& types);

/* Revokes them all. */
void revoke_objects(const Link& link, unsigned role, const std::vector<std::string>& tables,
                    const std::vector<std::string>& types);

/* The privileges remembered of a link (grants.hpp), and with them to whom it was granted. */
std::string remember_grantees(const std::string& grants, const std::vector<Grantee>& grantees);

/* Grants it again to those that are remembered; of roles that are gone, one NOTICE tells. */
void lend_again(const Link& link, const std::string& grants);

} // namespace datalinks::link
