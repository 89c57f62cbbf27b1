/*
 * One thin entry point for each SQL function that people call.
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
#include "command/query.hpp"
#include "command/refresh.hpp"
#include "command/resolve.hpp"
#include "command/set_remote.hpp"
#include "command/stats.hpp"
#include "command/tables.hpp"
#include "command/union.hpp"
#include "command/union_change.hpp"
#include "link/rights.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

using namespace datalinks;

extern "C"
{
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
SQL_FUNCTION(datalink_tables);
SQL_FUNCTION(datalink_union);
SQL_FUNCTION(datalink_union_add);
SQL_FUNCTION(datalink_union_remove);
SQL_FUNCTION(datalink_connections);
SQL_FUNCTION(datalink_disconnect);
SQL_FUNCTION(datalink_check);
SQL_FUNCTION(datalink_query);
SQL_FUNCTION(datalink_query_many);
SQL_FUNCTION(datalink_execute);
SQL_FUNCTION(datalink_in_doubt);
SQL_FUNCTION(datalink_resolve);
SQL_FUNCTION(datalink_stats);
SQL_FUNCTION(datalink_stats_reset);
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

/* (name) */
Datum datalink_tables(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		return pg::rows_result(fcinfo, command::tables(arguments.optional_string(0)));
	});
}

/* (name, links, source_column, only_tables, except_tables, if_not_exists, skip_conflicts,
 * on_unreachable) */
Datum datalink_union(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		command::UnionRequest request{};
		const std::string name = arguments.string(0, "name");
		request.name = name;
		request.links = arguments.optional_texts(1);
		request.settings.source_column = arguments.string(2, "source_column");
		request.settings.only_tables =
		    arguments.optional_texts(3).value_or(std::vector<std::string>());
		request.settings.except_tables =
		    arguments.optional_texts(4).value_or(std::vector<std::string>());
		request.if_not_exists = arguments.boolean(5, "if_not_exists");
		request.settings.skip_conflicts = arguments.boolean(6, "skip_conflicts");
		request.on_unreachable = arguments.string(7, "on_unreachable");
		command::make_union(std::move(request));
		return pg::row_result(fcinfo, command::union_row(name));
	});
}

/* (name, link, cascade) */
Datum datalink_union_add(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		const std::string name = arguments.string(0, "name");
		command::add_to_union(name, arguments.string(1, "link"), arguments.boolean(2, "cascade"));
		return pg::row_result(fcinfo, command::union_row(name));
	});
}

/* (name, link, cascade) */
Datum datalink_union_remove(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		const std::string name = arguments.string(0, "name");
		command::remove_from_union(name, arguments.string(1, "link"),
		                           arguments.boolean(2, "cascade"));
		return pg::row_result(fcinfo, command::union_row(name));
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

/* (link, statement, parameters) */
Datum datalink_query(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		const std::string link = arguments.string(0, "link");
		return command::query(fcinfo, link, command::words_given(arguments));
	});
}

/* (links, statement, parameters) */
Datum datalink_query_many(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		const std::vector<std::string> links = arguments.texts_without_null(0, "links");
		return command::query(fcinfo, links, command::words_given(arguments));
	});
}

/* (link, statement, parameters) */
Datum datalink_execute(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		const std::string link = arguments.string(0, "link");
		return Int64GetDatum(command::execute(link, command::words_given(arguments)));
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

Datum datalink_stats(PG_FUNCTION_ARGS)
{
	return pg::entry([&] { return pg::rows_result(fcinfo, command::stats()); });
}

/* (name) */
Datum datalink_stats_reset(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::Arguments arguments(fcinfo);
		command::reset_stats(arguments.optional_string(0));
		return Datum{0};
	});
}
