/*
 * The handler of the wrapper "datalinks": postgres_fdw's routine with a few callbacks of our own in
 * it. Each of ours calls postgres_fdw's; what it does besides is named where it stands.
 *
 * The callbacks are called by the server and call it: they are on its side of the border. Nothing
 * in them has a destructor while they call the server, but inside pg::entry.
 */
#pragma once

struct FdwRoutine;

namespace datalinks::fdw
{

/* The routine of our wrapper. Throws pg::Error when postgres_fdw's library cannot be loaded. */
FdwRoutine* handler();

} // namespace datalinks::fdw
