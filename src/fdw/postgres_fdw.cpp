/*
 * postgres_fdw's own routine: see postgres_fdw.hpp.
 */
#include "fdw/postgres_fdw.hpp"

#include "postgres/wrapper.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

namespace
{

/* Plain data, filled at the first call in a session: the library is never unloaded. */
FdwRoutine original;

} // namespace

void load_postgres_fdw()
{
	/* The planner asks for every statement; finding the function in the library costs too much. */
	if (!IsA(&original, FdwRoutine))
		original = *static_cast<const FdwRoutine*>(pg::postgres_fdw_routine());
}

const FdwRoutine& postgres_fdw()
{
	return original;
}

} // namespace datalinks::fdw
