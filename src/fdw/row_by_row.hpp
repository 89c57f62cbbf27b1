/*
 * UPDATE and DELETE row by row: what the remote is asked about the table, and rows that go many at
 * a time.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <vector>

#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

/*
 * Before the first row is changed. Throws 0A000 where rows of the table cannot be told apart. Of a
 * table that is thought to be an ordinary one the remote is asked, and answers later.
 */
void begin_rows(Write& write, const ResultRelInfo* relation, CmdType operation);

/* Before any other row: when there have been some, further ones go many at a time. */
void go_on_with_rows(Write& write);

/* Once all is sent: throws 0A000 where such an answer says that it is something else. */
void check_ordinary(Write& write);

} // namespace datalinks::fdw
