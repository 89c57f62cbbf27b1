/*
 * UPDATE and DELETE through a link: no wrong rows.
 *
 * A statement that cannot be shipped whole is run row by row, by the remote's ctid. A view has
 * none, and that of a foreign table of the remote's is another server's, which may have it for
 * several rows. There such a statement is refused, at its first row; those that are shipped whole
 * never come here.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <string>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Whether it stands for a foreign table, as far as is known. Server code. */
bool is_foreign_there(const ResultRelInfo* relation);

/*
 * Throws 0A000: the rows cannot be updated or deleted (the operation) one by one, because of what
 * the relation stands for.
 */
[[noreturn]] void refuse_rows(const ResultRelInfo* relation, CmdType operation);
/* The same with a reason of its own, as a sentence, and advice. */
[[noreturn]] void refuse_rows(const ResultRelInfo* relation, CmdType operation,
                              const std::string& reason, const std::string& advice);

/* The same where it stands for a view: reading its rows with their ctid would fail before. */
void refuse_view(const ResultRelInfo* relation, CmdType operation);

} // namespace datalinks::fdw
