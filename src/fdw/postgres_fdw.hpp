/*
 * postgres_fdw's own routine, for callbacks that hand on to it.
 */
#pragma once

struct FdwRoutine;

namespace datalinks::fdw
{

/* Fetches it at the first call. Throws pg::Error when postgres_fdw's library cannot be loaded. */
void load_postgres_fdw();

/* As its handler gave it; for what runs after load_postgres_fdw(). */
const FdwRoutine& postgres_fdw();

} // namespace datalinks::fdw
