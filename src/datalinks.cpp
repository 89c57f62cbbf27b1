/*
 * The module: its magic, and what only the server calls: the wrapper's handler and validator, and
 * the event triggers. The functions that people call: functions.cpp.
 */
#include "executor/commit.hpp"
#include "fdw/default_marks.hpp"
#include "fdw/handler.hpp"
#include "fdw/validator.hpp"
#include "postgres/guard.hpp"
#include "postgres/wrapper.hpp"
#include "remote/shared_activity.hpp"
#include "settings.hpp"
#include "trigger/mapping_guard.hpp"
#include "trigger/reset.hpp"
#include "trigger/upgrade.hpp"

#include "fdw/write.hpp"

using namespace datalinks;

extern "C"
{
MODULE_MAGIC("datalinks");

PGDLLEXPORT void _PG_init(void); // NOLINT(bugprone-reserved-identifier): the server asks for it

SQL_FUNCTION(datalinks_fdw_handler);
SQL_FUNCTION(datalinks_fdw_validator);
SQL_FUNCTION(datalinks_note_cluster);
SQL_FUNCTION(datalinks_note_links);
SQL_FUNCTION(datalinks_follow_drop);
SQL_FUNCTION(datalinks_follow_rename);
SQL_FUNCTION(datalinks_follow_upgrade);
SQL_FUNCTION(datalinks_guard_mapping);
}

void _PG_init(void)
{
	define_settings();
	remote::set_up_shared_activities();
	executor::watch_transactions();
	fdw::watch_planner();
	fdw::watch_executor();
}

Datum datalinks_fdw_handler(PG_FUNCTION_ARGS)
{
	(void)fcinfo;
	return pg::entry([] { return PointerGetDatum(fdw::handler()); });
}

Datum datalinks_fdw_validator(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		fdw::validate(fcinfo);
		return Datum{0};
	});
}

Datum datalinks_note_cluster(PG_FUNCTION_ARGS)
{
	(void)fcinfo;
	return pg::entry([] {
		trigger::note_cluster();
		return Datum{0};
	});
}

Datum datalinks_note_links(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		trigger::note_links(pg::command_of(fcinfo));
		return Datum{0};
	});
}

Datum datalinks_follow_drop(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		trigger::follow_drop(pg::command_of(fcinfo));
		return Datum{0};
	});
}

Datum datalinks_follow_rename(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		trigger::follow_rename(pg::command_of(fcinfo));
		return Datum{0};
	});
}

Datum datalinks_follow_upgrade(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		trigger::follow_upgrade(pg::command_of(fcinfo));
		return Datum{0};
	});
}

Datum datalinks_guard_mapping(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		trigger::guard_mapping(pg::command_of(fcinfo));
		return Datum{0};
	});
}
