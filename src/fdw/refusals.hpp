/*
 * UPDATE and DELETE through a link: no wrong rows.
 *
 * A statement that cannot be shipped whole is run row by row, by the remote's ctid. In a
 * partitioned table, an inheritance parent or a foreign table of the remote's, ctid is unique
 * within one partition only: rows of others would be changed. There such a statement is refused, at
 * its first row; those that are shipped whole never come here. A view has no ctid at all.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Whether rows of what the relation stands for cannot be told apart by their ctid. Server code. */
bool has_ambiguous_ctid(const ResultRelInfo* relation);

/* Throws 0A000: the rows cannot be updated or deleted (the operation) one by one. */
[[noreturn]] void refuse_rows(const ResultRelInfo* relation, CmdType operation);

/* The same where it stands for a view: reading its rows with their ctid would fail before. */
void refuse_view(const ResultRelInfo* relation, CmdType operation);

} // namespace datalinks::fdw
