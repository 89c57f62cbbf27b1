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
 * The options of the mapping that this role would use with this server (its own, else PUBLIC's);
 * nothing when there is none. They hold the password: for connecting and comparing, never to show.
 */
std::optional<Options> mapping_options(unsigned server, unsigned role);

/* The same of the role's own mapping alone. */
std::optional<Options> own_mapping_options(unsigned server, unsigned role);

/*
 * Make and alter a role's mapping, with the caller's rights. From parse nodes, not from SQL text:
 * so that no hook, log or event trigger ever sees a statement with a password in it. Throw 25006 in
 * a read-only transaction, as the statements do.
 */
void create_mapping(const std::string& server, const std::string& role, const Options& options);
void alter_mapping(const std::string& server, const std::string& role,
                   const OptionChanges& changes);

/* The OIDs of the servers' mappings, by server. One scan of pg_user_mapping, which has no index for
 * it. */
std::multimap<unsigned, unsigned> mappings_of(const std::set<unsigned>& servers);

/*
 * Deletes a mapping, if it still stands, whoever runs it: for the reset trigger alone. Unlike DROP
 * USER MAPPING it takes no lock of the mapping's own: a reset may have to delete a great many.
 * Throws 55P03, and waits for nobody, where another session is changing it.
 */
void delete_mapping(unsigned mapping);

} // namespace datalinks::pg
