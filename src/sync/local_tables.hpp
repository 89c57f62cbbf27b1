/*
 * The reader of the local catalogs: a link's foreign tables as they stand here.
 */
#pragma once

#include <set>

#include "link/link.hpp"
#include "schema/relation.hpp"
#include "schema/shape.hpp"

namespace datalinks::sync
{

/*
 * The foreign tables in the link's schema that stand for tables of its remote schema, ordered by
 * the remote's names. What a user has put there besides is left out.
 */
schema::Relations read_local(const link::Link& link);

/* Types of this database, with all that they are made of, and the shapes of those asked for. */
struct LocalTypes
{
	schema::TypeCatalog catalog;
	schema::Shapes shapes;
};

LocalTypes read_local_types(const link::Link& link, const std::set<unsigned>& types);

} // namespace datalinks::sync
