/*
 * User mappings, read from the catalogs as they are now, and changed.
 */
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "postgres/options.hpp"

namespace datalinks::pg
{

/*
 * A mapping that lends the credentials of the server's owner, and holds none: credentials 'owner'.
 * Who may write one is guarded by an event trigger. With it, members of the role may use the
 * server, too, as they may use what is granted to it.
 */
constexpr const char* credentials_option = "credentials";
constexpr const char* owners_credentials = "owner";
/* Beside it: for reading alone. */
constexpr const char* read_only_option = "read_only";
bool lends(const Options& options);
bool is_read_only(const Options& options);

/*
 * The role whose mapping this role uses with this server: its own, else that of a role to which
 * credentials are lent and that it inherits the privileges of (one that may write first), else
 * PUBLIC's (0); nothing when there is none. The server's owner borrows nothing.
 */
std::optional<unsigned> mapping_holder(unsigned server, unsigned role);

/* Its mapping's OID. Throws, as GetUserMapping() raises, where there is none. */
unsigned mapping_used(unsigned server, unsigned role);

/*
 * The options of the mapping that this role uses with this server; nothing when there is none. They
 * hold the password: for connecting and comparing, never to show.
 */
std::optional<Options> mapping_options(unsigned server, unsigned role);

/* The same of the role's own mapping alone (0: PUBLIC's). */
std::optional<Options> own_mapping_options(unsigned server, unsigned role);

/*
 * Make and alter a role's mapping, with the caller's rights. From parse nodes, not from SQL text:
 * so that no hook, log or event trigger ever sees a statement with a password in it. Throw 25006 in
 * a read-only transaction, as the statements do.
 */
void create_mapping(const std::string& server, const std::string& role, const Options& options);
void alter_mapping(const std::string& server, const std::string& role,
                   const OptionChanges& changes);

/* A row of pg_user_mapping. */
struct Mapping
{
	unsigned oid;
	unsigned holder; /* the role's OID; 0: PUBLIC */
	bool lends;
	bool read_only;
};

/* The servers' mappings, by server. One scan of pg_user_mapping, which has no index for it. */
std::multimap<unsigned, Mapping> mappings_of(const std::set<unsigned>& servers);

/*
 * Deletes a mapping, if it still stands, whoever runs it: for the reset trigger alone. Unlike DROP
 * USER MAPPING it takes no lock of the mapping's own: a reset may have to delete a great many.
 * Throws 55P03, and waits for nobody, where another session is changing it.
 */
void delete_mapping(unsigned mapping);

} // namespace datalinks::pg
