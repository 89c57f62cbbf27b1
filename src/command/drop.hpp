/*
 * datalink_drop: the link, and all that was built on its tables.
 */
#pragma once

#include <string>
#include <vector>

#include "link/link.hpp"
#include "link/memory.hpp"

namespace datalinks::command
{

/*
 * Drops the link of this name, invalid ones too. Throws 42704 where there is none (a NOTICE under
 * if_exists), 42501 where the caller does not own it, and, unless cascade, 2BP01 where anything
 * outside its schema depends on it, or anything in its schema is not the link's.
 */
void drop(const std::string& name, bool if_exists, bool cascade);

/*
 * Drops the server with its mappings and tables, then the schemas that are the link's own, by the
 * native commands and with the caller's rights, and says in one NOTICE what went along. Throws
 * 42704 where another session has dropped it, 40001 where one put something else under the names of
 * server and schema meanwhile.
 */
void drop_server_and_schema(const link::Link& link);

/* Drops the schemas that a dropped server left behind, if they are empty; returns those that stay.
 */
std::vector<std::string> drop_empty_schemas(const link::InvalidLink& link);

} // namespace datalinks::command
