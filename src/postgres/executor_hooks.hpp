/*
 * The executor's hooks.
 */
#pragma once

struct EState;

namespace datalinks::pg
{

/*
 * Has f called whenever a statement has run, before its row count is told, and once more when what
 * is left of its WITH has run. For the module's start; once.
 */
void watch_executor(void (*f)(EState* state));

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
