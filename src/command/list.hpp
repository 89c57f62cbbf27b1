/*
 * datalink_list: every link and union with its state.
 */
#pragma once

#include <string>

#include "postgres/function.hpp"

namespace datalinks::command
{

/* Rows of datalink_list(), ordered by name; the columns are those of the SQL function. */
pg::Rows list();

/* The row of one link that stands; throws 42704 where none does. */
pg::Row list_row(const std::string& name);

/* The row of one union; throws 42704 where there is none. */
pg::Row union_row(const std::string& name);

} // namespace datalinks::command
