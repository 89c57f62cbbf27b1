/*
 * datalink_query and datalink_execute: see query.hpp.
 */
#include "command/query.hpp"

#include <set>

#include "executor/result_set.hpp"
#include "executor/statement.hpp"
#include "executor/together.hpp"
#include "link/rights.hpp"
#include "link/schemas.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "schema/text.hpp"

namespace datalinks::command
{

namespace
{

using schema::compose;

executor::Statement statement_on(const link::Link& link, const executor::Route& route,
                                 const std::string& sql)
{
	const bool all = link::has_all_schemas(link.settings);
	const executor::Terms terms{all ? std::string() : link.settings.remote_schema,
	                            link.settings.read_only};
	return executor::Statement(route, sql, terms);
}

executor::Statement statement_on(const link::Link& link, const std::string& sql)
{
	return statement_on(link, executor::route_to(link.server, pg::current_role()), sql);
}

/* The remote says that it may only read; here is known why. */
[[noreturn]] void fail(const link::Link& link, pg::Failure failure)
{
	if (failure.code() == pg::sqlstate::read_only_transaction && failure.hint().empty() &&
	    link.settings.read_only)
		failure.hint(compose("Data link \"%1%\" is read-only: its owner can change that by "
		                     "datalink_alter().",
		                     link.name));
	throw failure;
}

} // namespace

OwnWords words_given(const pg::Arguments& arguments)
{
	OwnWords words;
	words.statement = arguments.string(1, "statement");
	words.parameters = arguments.texts(2, "parameters");
	return words;
}

unsigned long query(FunctionCallInfoBaseData* call, const std::string& name, const OwnWords& words)
{
	const link::Link link = link::require_usable(name);
	executor::require_statement(words.statement);
	executor::ResultSet rows(call, false);
	executor::Statement statement = statement_on(link, words.statement);
	try
	{
		statement.send(words.parameters);
		while (statement.next())
			rows.add(statement, name);
		rows.end(statement);
	}
	catch (const pg::Failure& failure)
	{
		fail(link, failure);
	}
	return 0;
}

namespace
{

[[noreturn]] void fail_on(const link::Link& link, const pg::Failure& failure)
{
	pg::Failure named(failure.code(), compose("data link \"%1%\": %2%", link.name, failure.what()));
	named.detail(failure.detail()).hint(failure.hint()).context(failure.context());
	fail(link, std::move(named));
}

std::vector<link::Link> require_links(const std::vector<std::string>& names)
{
	std::set<std::string> seen;
	std::vector<link::Link> links;
	for (const std::string& name : names)
	{
		links.push_back(link::require_usable(name));
		if (!seen.insert(name).second)
			throw pg::Failure(pg::sqlstate::invalid_parameter_value,
			                  compose("data link \"%1%\" is named twice", name));
	}
	return links;
}

} // namespace

unsigned long query(FunctionCallInfoBaseData* call, const std::vector<std::string>& names,
                    const OwnWords& words)
{
	const std::vector<link::Link> links = require_links(names);
	executor::require_statement(words.statement);
	executor::ResultSet rows(call, true);
	std::vector<executor::Statement> statements;
	std::vector<executor::Route> routes; /* over which nothing is under way yet */
	std::vector<size_t> routed;          /* whose they are */
	for (const link::Link& link : links)
	{
		const auto route = executor::route_to(link.server, pg::current_role());
		if (executor::find_transaction(route) == nullptr)
		{
			routes.push_back(route);
			routed.push_back(statements.size());
		}
		statements.push_back(statement_on(link, route, words.statement));
	}
	executor::open_together(routes, static_cast<size_t>(executor::concurrency),
	                        [&](size_t number, const pg::Failure& failure) {
		                        fail_on(links[routed[number]], failure);
	                        });
	executor::Course course;
	course.take = [&](size_t number) { rows.add(statements[number], links[number].name); };
	course.end = [&](size_t number) { rows.end(statements[number]); };
	course.fail = [&](size_t number, const pg::Failure& failure) {
		fail_on(links[number], failure);
	};
	executor::run_together(statements, words.parameters, course);
	return 0;
}

long execute(const std::string& name, const OwnWords& words)
{
	const link::Link link = link::require_usable(name);
	executor::require_statement(words.statement);
	executor::Statement statement = statement_on(link, words.statement);
	try
	{
		statement.send(words.parameters);
		while (statement.next())
		{
		}
	}
	catch (const pg::Failure& failure)
	{
		fail(link, failure);
	}
	return statement.affected();
}

} // namespace datalinks::command
