/*
 * The reader of the local catalogs: a link's foreign tables as they stand here.
 */
#pragma once

#include <set>
#include <vector>

#include "link/link.hpp"
#include "link/schemas.hpp"
#include "postgres/foreign_tables.hpp"
#include "schema/relation.hpp"
#include "schema/shape.hpp"

namespace datalinks::sync
{

using ForeignTables = std::vector<pg::ForeignTable>;

/* The foreign tables of the link's server in the link's schemas, as they are now. */
ForeignTables foreign_tables_of(const link::Link& link);

/*
 * The one of the link's schemas in which the table stands, and stands for a table of that one's
 * remote schema; nullptr where there is none.
 */
const link::TableSchema* schema_of(const pg::ForeignTable& table,
                                   const link::TableSchemas& schemas);

/*
 * Those of these that stand for tables of the link's remote schemas, ordered by the remote's names.
 * What a user has put there besides is left out.
 */
schema::Relations read_local(const link::Link& link, const ForeignTables& tables);

/* Types of this database, with all that they are made of, and the shapes of those asked for. */
struct LocalTypes
{
	schema::TypeCatalog catalog;
	schema::Shapes shapes;
};

LocalTypes read_local_types(const link::Link& link, const std::set<unsigned>& types);

} // namespace datalinks::sync
