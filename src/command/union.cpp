/*
 * datalink_union: see union.hpp.
 */
#include "command/union.hpp"

#include <set>

#include "link/memory.hpp"
#include "link/own_statements.hpp"
#include "link/rights.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/schemas.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "postgres/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/union_views.hpp"

namespace datalinks::command
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::Union;
using link::UnionSettings;
using schema::compose;
using schema::quote_identifier;

[[noreturn]] void fail_argument(const std::string& message)
{
	throw pg::Failure(sqlstate::invalid_parameter_value, message);
}

/* What on_unreachable says. */
bool skips_unreachable(const std::string& on_unreachable)
{
	if (on_unreachable != "fail" && on_unreachable != "skip")
		throw pg::Failure(sqlstate::invalid_parameter_value, "invalid on_unreachable")
		    .detail("It is \"fail\" or \"skip\".");
	return on_unreachable == "skip";
}

void require_arguments(const UnionRequest& request)
{
	const UnionSettings& settings = request.settings;
	link::require_link_name(request.name);
	if (settings.links.empty())
		fail_argument("links must not be empty");
	std::set<std::string> names;
	for (const std::string& link : settings.links)
		if (!names.insert(link).second)
		{
			link::require_link_name(link);
			fail_argument(compose("data link \"%1%\" is given twice", link));
		}
	if (const char* objection = link::objection_to_union("source_column", settings.source_column))
		throw pg::Failure(sqlstate::invalid_parameter_value, "invalid source_column")
		    .detail(objection);
	if (!settings.only_tables.empty() && !settings.except_tables.empty())
		fail_argument("only_tables and except_tables cannot be given together");
}

/* A union of this name stands already. */
void accept_same(const Union& unified, const UnionRequest& request)
{
	if (!request.if_not_exists)
		throw pg::Failure(sqlstate::duplicate_object,
		                  compose("data link union \"%1%\" already exists", unified.name))
		    .hint("Choose another name, or drop the union with datalink_drop().");
	const auto differing = link::differences(unified.settings, request.settings);
	if (!differing.empty())
		throw pg::Failure(
		    sqlstate::duplicate_object,
		    compose("data link union \"%1%\" already exists and is different", unified.name))
		    .detail(compose("Different: %1%.", schema::join(differing, ", ")))
		    .hint("datalink_union_add() and datalink_union_remove() change its links.");
	pg::notice(compose("data link union \"%1%\" already exists, skipping", unified.name));
}

/* Somebody else's claim to the name, without the schema to go with it, is in nobody's way. */
std::optional<Union> find_standing(const std::string& name)
{
	auto unified = link::find_union(name);
	if (unified && link::own_schema_of(*unified) == 0 && !pg::owns_server(unified->server))
		return std::nullopt;
	return unified;
}

void require_free(const std::string& name)
{
	const auto link = link::find_link(name);
	if (link::find_invalid_link(name) || (link && pg::owns_server(link->server)))
		throw pg::Failure(sqlstate::duplicate_object,
		                  compose("data link \"%1%\" already exists", name))
		    .hint("Choose another name, or drop the link with datalink_drop().");
	if (pg::find_schema(name) != 0)
		throw pg::Failure(sqlstate::duplicate_schema,
		                  compose("schema \"%1%\" already exists", name))
		    .detail("A data link union makes the schema of its name.")
		    .hint("Choose another name for the union.");
}

/* Makes the server under the first name that is free, and returns its OID. */
unsigned create_server(const UnionRequest& request)
{
	pg::Options options = link::union_options(request.settings);
	options.push_back({link::union_option, request.name});
	options.push_back({"created_at", pg::transaction_time()});
	for (int nth = 1;; ++nth)
	{
		const std::string name = schema::server_name(request.name, nth);
		if (pg::find_server(name) != 0)
			continue;
		/* Another session may take the name in the meantime. */
		if (pg::run_or_undo({sqlstate::unique_violation, sqlstate::duplicate_object}, [&] {
			    spi::execute(compose("CREATE SERVER %1% TYPE 'union' FOREIGN DATA WRAPPER datalinks"
			                         " OPTIONS (%2%)",
			                         quote_identifier(name), schema::option_list(options)));
		    }))
			return pg::find_server(name);
	}
}

} // namespace

void make_union(UnionRequest request)
{
	const link::OwnStatements own;
	pg::require_read_write("datalink_union()");
	if (!request.links)
		throw pg::Failure(sqlstate::null_value_not_allowed, "argument \"links\" must not be null");
	request.settings.links = std::move(*request.links);
	request.settings.skip_unreachable = skips_unreachable(request.on_unreachable);
	require_arguments(request);
	if (const auto standing = find_standing(request.name))
		return accept_same(*standing, request);
	require_free(request.name);
	for (const std::string& link : request.settings.links)
		(void)link::require_member(link);
	spi::execute(compose("CREATE SCHEMA %1%", quote_identifier(request.name)));
	const Union unified = link::union_on(create_server(request), request.name);
	sync::require_listed(sync::members_of(unified, request.settings.links), request.settings);
	const auto drift = sync::bring_up_union(unified, {false, false, request.settings.links, false});
	if (drift.changes.empty())
		pg::warning(compose("the links of data link union \"%1%\" have no tables", request.name));
}

} // namespace datalinks::command
