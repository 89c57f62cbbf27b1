/*
 * The reader of type definitions. Remote and local types are read by the same queries, so that they
 * can be compared.
 */
#pragma once

#include <functional>
#include <set>

#include "remote/session.hpp"
#include "schema/type_definition.hpp"

namespace datalinks::remote
{

/* Runs a statement, here or on a remote, with search_path pinned to pg_catalog. */
using Query = std::function<Rows(const std::string& sql, const std::vector<std::string>& parameters,
                                 int columns)>;

/*
 * Adds the definitions of these types and of all that they are made of; of types of pg_catalog, no
 * more than what domains and arrays are over. Asks about those alone that are not built in here:
 * what has only such types takes no trip to the remote. Throws pg::Failure, 08P01, for an answer
 * that no catalog would give. `version` is the server's, as PQserverVersion has it.
 */
void read_types(const Query& query, int version, const std::set<unsigned>& types,
                schema::TypeCatalog& catalog);

/* Adds the names of these collations, and of those that the catalog's attributes have. */
void read_collations(const Query& query, std::set<unsigned> collations,
                     schema::TypeCatalog& catalog);

} // namespace datalinks::remote
