/*
 * The reader of the local catalogs: a link's foreign tables as they stand here.
 */
#pragma once

#include "link/link.hpp"
#include "schema/relation.hpp"

namespace datalinks::link
{

/*
 * The foreign tables in the link's schema that stand for tables of its remote schema, ordered by
 * the remote's names. What a user has put there besides is left out.
 */
schema::Relations read_local(const Link& link);

/* Of these enums (by local identity), the labels that they have here, and who made them. */
schema::Enumerations read_local(const Link& link, const schema::Enumerations& enumerations);

} // namespace datalinks::link
