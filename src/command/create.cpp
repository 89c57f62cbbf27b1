/*
 * datalink_create: see create.hpp.
 */
#include "command/create.hpp"

#include "command/drop.hpp"
#include "command/make_way.hpp"
#include "link/comments.hpp"
#include "link/connect.hpp"
#include "link/memory.hpp"
#include "link/own_statements.hpp"
#include "link/remote_url.hpp"
#include "link/schemas.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "postgres/types.hpp"
#include "postgres/values.hpp"
#include "remote/home.hpp"
#include "schema/diff.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/apply.hpp"
#include "sync/lock_table.hpp"
#include "sync/made_types.hpp"
#include "sync/offered_schemas.hpp"
#include "sync/shortcomings.hpp"
#include "sync/statistics.hpp"
#include "sync/tuning.hpp"
#include "sync/type_drift.hpp"

namespace datalinks::command
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::Link;
using link::OwnStatements;
using link::Settings;
using schema::compose;
using schema::option_list;
using schema::quote_identifier;
using sync::Offer;
using sync::Reading;

void require_arguments(const Request& request)
{
	link::require_link_name(request.name);
	link::require_one_list(request.settings, "");
	if (request.settings.remote_schema.empty())
		throw pg::Failure(sqlstate::invalid_parameter_value, "remote_schema must not be empty");
}

/* Returns false when another session has made a schema of the name since we looked. */
bool create_schema(const std::string& name)
{
	return pg::run_or_undo({sqlstate::unique_violation, sqlstate::duplicate_schema}, [&] {
		spi::execute(compose("CREATE SCHEMA %1%", quote_identifier(name)));
	});
}

/* Makes the server under the first name that is free, and returns its OID. */
unsigned create_server(const remote::Url& url, const std::string& link, const Settings& settings)
{
	pg::Options options = link::setting_options(settings);
	options.push_back({"link", link});
	options.push_back({"created_at", pg::transaction_time()});
	options.push_back({remote::home_option, remote::home()});
	options.insert(options.end(), url.server.begin(), url.server.end());

	for (int nth = 1;; ++nth)
	{
		const std::string name = schema::server_name(link, nth);
		if (pg::find_server(name) != 0)
			continue;
		/* Another session may take the name in the meantime. */
		if (pg::run_or_undo({sqlstate::unique_violation, sqlstate::duplicate_object}, [&] {
			    spi::execute(
			        compose("CREATE SERVER %1% TYPE 'postgresql' FOREIGN DATA WRAPPER datalinks"
			                " OPTIONS (%2%)",
			                quote_identifier(name), option_list(options)));
		    }))
			return pg::find_server(name);
	}
}

/* Connects; the server learns the remote's version. */
remote::Session connect(const Link& link)
{
	remote::Session session = link::connect(link, pg::current_role());
	link::store_version(link, session);
	return session;
}

} // namespace

void create(const Request& request)
{
	const OwnStatements own;
	pg::require_read_write("datalink_create()");
	require_arguments(request);
	const remote::Url url = link::parse_remote_url(request.url);
	const std::string shown = compose("SELECT datalink_create('%1%', '%2%')",
	                                  remote::display(url.server, ""), request.name);
	pg::report_activity(shown);
	/*
	 * Types outlive a reset: what the link made then is still its own, judged by who owned it then:
	 * under a new owner with more rights, the names must not reach further.
	 */
	const auto remembered = link::find_invalid_link(request.name);
	do
	{
		if (!make_way(request, url))
			return;
	}
	while (!create_schema(request.name));

	Settings settings = request.settings;
	if (settings.create_types && settings.types_made.empty() && remembered)
		settings.types_made =
		    sync::made_types(remembered->settings.types_made, link::owner_of(*remembered));

	const Link made = link::link_on(create_server(url, request.name, settings), request.name);
	/* A named URL needs none, and what is not there no dump can carry. */
	if (remote::value_of(url.server, remote::url_name_option).empty())
		pg::create_mapping(made.server_name, pg::role_name(made.owner), url.mapping);

	remote::Session session = connect(made);
	const Offer offer = sync::read_offer(made, session, Reading::choose);
	sync::tune(made, session);
	/* Until now it was not known of all schemas which they are. */
	const Link link = sync::with_schemas_of(made, offer);
	/* The remote looks for them while the tables are made. */
	sync::StatisticsCopy statistics(link, session);
	const schema::Relations& relations = offer.relations;
	const schema::Changes of_tables = sync::compare_schemas(link, offer, {});
	sync::tell_without_usage(offer);
	sync::tell_unlinked(offer);
	sync::tell_of_tables(link, offer, of_tables);
	if (relations.empty())
		pg::warning(link::has_all_schemas(link.settings)
		                ? std::string("the remote has no tables to link")
		                : compose("the remote schema \"%1%\" has no tables to link",
		                          request.settings.remote_schema));
	sync::require_locks_to_create(link, relations);
	/* With the types that this call made, and those that the link made before it was reset. */
	const schema::Changes of_types =
	    sync::find_type_drift(link::link_on(link.server, link.name), offer).changes;
	sync::require_fit(of_types);
	sync::with_lock_hint(sync::locks_to_drop(relations), [&] {
		sync::apply(link, of_types, false, shown, "types");
		sync::apply(link, of_tables, false, shown, "tables");
	});
	link::comment_on(link);
	statistics.finish_or_tell();
	link::forget(request.name);
}

} // namespace datalinks::command
