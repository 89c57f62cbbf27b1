/*
 * Privileges on a link's schema and tables: remembered when the link is reset, granted again when
 * it is rebuilt.
 */
#pragma once

#include <map>
#include <string>
#include <vector>

#include "link/link.hpp"

namespace datalinks::link
{

/* Schemas, and of each the one that bears its link's name: itself, unless that has many. */
using SchemasOfLinks = std::map<unsigned, unsigned>;

/*
 * Privileges that others hold on each link's schemas and tables, by the schema of its name: a JSON
 * array of {"schema", "table", "column", "role", "privilege", "grantable"}, with names only, and
 * "schema" where it is not that one. One query for all.
 */
std::map<unsigned, std::string> grants_on(const SchemasOfLinks& schemas);

/* How many ACL items those are made from; links without any may be missing. */
std::map<unsigned, long> count_grants(const SchemasOfLinks& schemas);

/*
 * The roles besides the owner that hold privileges on a table of the link's in this schema, or on
 * one of its columns (empty: on the table or any column), as "role reader", ordered: what goes with
 * it goes for them.
 */
std::vector<std::string> holders_on(const std::string& schema, const std::string& table,
                                    const std::string& column);

/*
 * Grants them again, on the schemas of the link of that name, with the caller's rights. What cannot
 * be granted, because the role or the table is gone, is told in one NOTICE.
 */
void grant_again(const std::string& schema, const std::string& grants);

} // namespace datalinks::link
