/*
 * datalink_tables: what the tables of the links are on their remotes.
 */
#pragma once

#include <optional>
#include <string>

#include "postgres/row.hpp"

namespace datalinks::command
{

/*
 * A row for each foreign table in the schema of this link, or of every one, as datalinks.link_table
 * has them, ordered by link and table. It is read from the local catalogs alone: what is of the
 * remote is as the last creation or refresh found it. Throws 42704 for an unknown name, 55000 for a
 * link that was reset.
 */
pg::Rows tables(const std::optional<std::string>& name);

} // namespace datalinks::command
