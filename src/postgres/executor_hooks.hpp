/*
 * The executor's hooks.
 */
#pragma once

struct EState;
struct QueryDesc;

namespace datalinks::pg
{

/*
 * Has `before` called whenever a statement is about to run; `after`, whenever it has run, before
 * its row count is told, and once more when what is left of its WITH has run. For the module's
 * start; once.
 */
void watch_executor(void (*before)(QueryDesc* query), void (*after)(EState* state));

/*
 * Has COPY ... FROM not count the rows that were added to *idle while it ran: they have come to
 * nothing. For the module's start; once.
 */
void watch_copy(long* idle);

/*
 * How many rows are wanted of the statement that is running, by a FETCH for one; 0: all that there
 * are.
 */
unsigned long rows_wanted();

} // namespace datalinks::pg
