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

/*
 * Privileges that others hold on each of these schemas and its tables, by schema: a JSON array of
 * {"table", "column", "role", "privilege", "grantable"}, with names only. One query for all.
 */
std::map<unsigned, std::string> grants_on(const std::vector<unsigned>& schemas);

/* How many ACL items those are made from; schemas without any may be missing. */
std::map<unsigned, long> count_grants(const std::vector<unsigned>& schemas);

/*
 * The roles besides the owner that hold privileges on a table of the link's, or on one of its
 * columns (empty: on the table or any column), as "role reader", ordered: what goes with it goes
 * for them.
 */
std::vector<std::string> holders_on(const Link& link, const std::string& table,
                                    const std::string& column);

/*
 * Grants them again, on the schema of that name, with the caller's rights. What cannot be granted,
 * because the role or the table is gone, is told in one NOTICE.
 */
void grant_again(const std::string& schema, const std::string& grants);

} // namespace datalinks::link
