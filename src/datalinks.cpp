/*
 * The module: its magic, its settings, and one thin entry point for each SQL function.
 */
#include "command/alter.hpp"
#include "command/analyze.hpp"
#include "command/check.hpp"
#include "command/confirm.hpp"
#include "command/connections.hpp"
#include "command/create.hpp"
#include "command/drop.hpp"
#include "command/grant.hpp"
#include "command/in_doubt.hpp"
#include "command/list.hpp"
#include "command/refresh.hpp"
#include "command/resolve.hpp"
#include "command/set_remote.hpp"
#include "executor/commit.hpp"
#include "executor/pool.hpp"
#include "fdw/default_marks.hpp"
#include "fdw/handler.hpp"
#include "fdw/validator.hpp"
#include "link/rights.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/wrapper.hpp"
#include "remote/home.hpp"
#include "remote/named_url.hpp"
#include "remote/rule_settings.hpp"
#include "trigger/guard.hpp"
#include "trigger/reset.hpp"

#include "fdw/write.hpp"

using namespace datalinks;

namespace
{

/* The setting is a list of names, as in search_path. */
bool check_reset_schemas(char** value, void**, GucSource)
{
	List* names = NIL;
	char* copy = pstrdup(*value);
	const bool well_formed = SplitIdentifierString(copy, ',', &names);
	if (!well_formed)
		GUC_check_errdetail("List syntax is invalid.");
	list_free(names);
	pfree(copy);
	return well_formed;
}

/* The server's working directory is its data directory, where the file must not stand. */
bool check_url_file(char** value, void**, GucSource)
{
	const bool usable = **value == '\0' || is_absolute_path(*value);
	if (!usable)
		GUC_check_errdetail("It must be an absolute path.");
	return usable;
}

/* What was connected to under another rule is not used again. */
void outdate_sessions(const char*, void*)
{
	executor::outdate_sessions();
}

void define_rules()
{
	remote::define_rules(true);
	DefineCustomStringVariable(
	    "datalinks.allowed_hosts", "Hosts that roles that are no superusers may link to.",
	    "Names, addresses, ranges of addresses, directories of sockets.", &remote::allowed_hosts,
	    "*, /*", PGC_SUSET, 0,
	    [](char** value, void** extra, GucSource source) {
		    return remote::check_allowed_hosts(value, extra, source);
	    },
	    outdate_sessions, nullptr);
	DefineCustomStringVariable(
	    "datalinks.min_sslmode", "The least sslmode with which they may connect over TCP.", nullptr,
	    &remote::min_sslmode, "disable", PGC_SUSET, 0,
	    [](char** value, void** extra, GucSource source) {
		    return remote::check_min_sslmode(value, extra, source);
	    },
	    outdate_sessions, nullptr);
	DefineCustomBoolVariable(
	    "datalinks.rules_for_superusers", "Whether these rules hold for superusers, too.", nullptr,
	    &remote::rules_for_superusers, false, PGC_SUSET, 0, nullptr,
	    [](bool, void*) { executor::outdate_sessions(); }, nullptr);
	remote::define_rules(false);
}

} // namespace

extern "C"
{
MODULE_MAGIC("datalinks");

PGDLLEXPORT void _PG_init(void); // NOLINT(bugprone-reserved-identifier): the server asks for it

SQL_FUNCTION(datalink_create);
SQL_FUNCTION(datalink_list);
SQL_FUNCTION(datalink_drop);
SQL_FUNCTION(datalink_diff);
SQL_FUNCTION(datalink_refresh);
SQL_FUNCTION(datalink_analyze);
SQL_FUNCTION(datalink_alter);
SQL_FUNCTION(datalink_set_remote);
SQL_FUNCTION(datalink_confirm);
SQL_FUNCTION(datalink_grant);
SQL_FUNCTION(datalink_revoke);
SQL_FUNCTION(datalink_grants);
SQL_FUNCTION(datalink_connections);
SQL_FUNCTION(datalink_disconnect);
SQL_FUNCTION(datalink_check);
SQL_FUNCTION(datalink_in_doubt);
SQL_FUNCTION(datalink_resolve);
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
	DefineCustomStringVariable(
	    "datalinks.reset_schemas",
	    "Schemas whose drop, with tables in them, means that the database was reset.",
	    "Every data link becomes invalid then.", &trigger::reset_schemas, "public", PGC_SUSET,
	    GUC_LIST_INPUT, check_reset_schemas, nullptr, nullptr);
	DefineCustomStringVariable("datalinks.url_file", "The server's file of named URLs.",
	                           "It says what \"name:...\" stands for, and which roles may use it.",
	                           &remote::url_file, "", PGC_SUSET, GUC_SUPERUSER_ONLY, check_url_file,
	                           nullptr, nullptr);
	DefineCustomIntVariable(
	    "datalinks.max_read_sessions", "How many sessions with one remote may read at once.",
	    "Statements that find none free read over the session that writes.",
	    &executor::max_read_sessions, 3, 0, 100, PGC_USERSET, 0, nullptr, nullptr, nullptr);
	DefineCustomBoolVariable(
	    "datalinks.two_phase", "Has transactions commit on all remotes and here, or nowhere.",
	    "The remotes prepare them first, which takes max_prepared_transactions there.",
	    &executor::two_phase, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
	DefineCustomBoolVariable(
	    "datalinks.confirm_copies",
	    "Whether data links that were copied from another database are read-only.",
	    "Until their owner has confirmed them, or pointed them elsewhere.", &remote::confirm_copies,
	    true, PGC_SUSET, 0, nullptr, nullptr, nullptr);
	define_rules();
	MarkGUCPrefixReserved("datalinks");
	executor::watch_transactions();
	fdw::watch_planner();
	fdw::watch_executor();
}

/* (remote_url, name, the settings, if_not_exists) */
Datum datalink_create(PG_FUNCTION_ARGS)
{
	return pg::secret_entry("SELECT datalink_create('(hidden)')", [&] {
		const pg::Arguments arguments(fcinfo);
		int position = 2;
		const link::Settings settings = link::settings_given(arguments, position);
		const command::Request request{arguments.string(0, "remote_url"),
		                               arguments.string(1, "name"), settings,
		                               arguments.boolean(position, "if_not_exists")};
		command::create(request);
		return pg::row_result(fcinfo, command::list_row(request.name));
	});
}

Datum datalink_list(PG_FUNCTION_ARGS)
{
	return pg::entry([&] { return pg::rows_result(fcinfo, command::list()); });
}

/* (name, if_exists, cascade) */
Datum datalink_drop(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		command::drop(arguments.string(0, "name"), arguments.boolean(1, "if_exists"),
		              arguments.boolean(2, "cascade"));
		return Datum{0};
	});
}

/* (name) */
Datum datalink_diff(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		return pg::rows_result(fcinfo, command::diff(arguments.string(0, "name")));
	});
}

/* (name, cascade, skip_blocked, force) */
Datum datalink_refresh(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		const sync::BringUp options{arguments.boolean(1, "cascade"),
		                            arguments.boolean(2, "skip_blocked"),
		                            arguments.boolean(3, "force")};
		return pg::rows_result(fcinfo, command::refresh(arguments.string(0, "name"), options));
	});
}

/* (name) */
Datum datalink_analyze(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		return Int32GetDatum(command::analyze(arguments.string(0, "name")));
	});
}

/* (name, the settings that can be altered) */
Datum datalink_alter(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		const std::string name = arguments.string(0, "name");
		command::alter(name, [&](const link::Settings& settings) {
			return link::settings_altered(arguments, 1, settings);
		});
		return pg::row_result(fcinfo, command::list_row(name));
	});
}

/* (name, remote_url) */
Datum datalink_set_remote(PG_FUNCTION_ARGS)
{
	return pg::secret_entry("SELECT datalink_set_remote('(hidden)')", [&] {
		const pg::Arguments arguments(fcinfo);
		const std::string name = arguments.string(0, "name");
		command::set_remote(name, arguments.string(1, "remote_url"));
		return pg::row_result(fcinfo, command::list_row(name));
	});
}

/* (name) */
Datum datalink_confirm(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		const std::string name = arguments.string(0, "name");
		command::confirm(name);
		return pg::row_result(fcinfo, command::list_row(name));
	});
}

/* (name, role, read_only) */
Datum datalink_grant(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		command::grant(arguments.string(0, "name"), arguments.string(1, "role"),
		               arguments.boolean(2, "read_only"));
		return Datum{0};
	});
}

/* (name, role) */
Datum datalink_revoke(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		command::revoke(arguments.string(0, "name"), arguments.string(1, "role"));
		return Datum{0};
	});
}

/* (name) */
Datum datalink_grants(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		return pg::rows_result(fcinfo, command::grants(arguments.optional_string(0)));
	});
}

Datum datalink_connections(PG_FUNCTION_ARGS)
{
	return pg::entry([&] { return command::connections(fcinfo); });
}

/* (name) */
Datum datalink_disconnect(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		return BoolGetDatum(command::disconnect(arguments.optional_string(0)));
	});
}

/* (name, timeout) */
Datum datalink_check(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		return pg::rows_result(
		    fcinfo, command::check(arguments.optional_string(0), arguments.interval(1, "timeout")));
	});
}

Datum datalink_in_doubt(PG_FUNCTION_ARGS)
{
	return pg::entry([&] { return pg::rows_result(fcinfo, command::in_doubt()); });
}

/* (name) */
Datum datalink_resolve(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		return pg::rows_result(fcinfo, command::resolve(arguments.optional_string(0)));
	});
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
