/*
 * Foreign tables and their columns, read from the catalogs as they are now.
 */
#pragma once

#include <string>
#include <vector>

#include "postgres/options.hpp"

namespace datalinks::pg
{

struct ForeignColumn
{
	std::string name;
	int number; /* of the attribute */
	unsigned type;
	int typmod;
	unsigned collation; /* 0: of a type that has none */
	bool not_null;
	bool generated;
	Options options;
};

struct ForeignTable
{
	unsigned oid;
	std::string name;
	Options options;
	std::vector<ForeignColumn> columns; /* in their order */
	unsigned schema;
};

/*
 * The server's foreign tables in the schemas, ordered by schema and name. The catalogs are scanned
 * by hand: for thousands of columns that costs half of what a query does.
 */
std::vector<ForeignTable> foreign_tables(unsigned server, const std::vector<unsigned>& schemas);

/* What postgres_fdw reckons for a row that comes over where no option fdw_tuple_cost says it. */
double default_tuple_cost();

} // namespace datalinks::pg
