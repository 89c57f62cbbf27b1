/*
 * Privileges on a link's schema and tables: remembered when the link is reset, granted again when
 * it is rebuilt.
 */
#pragma once

#include <string>
#include <vector>

#include "link/link.hpp"

namespace datalinks::link
{

/*
 * Privileges that others hold on a schema and its tables, as a JSON array of
 * {"table", "column", "role", "privilege", "grantable"}, with names only.
 */
std::string grants_on(unsigned schema);

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
