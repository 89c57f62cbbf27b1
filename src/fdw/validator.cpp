/*
 * The validator of the wrapper "datalinks": see validator.hpp.
 */
#include "fdw/validator.hpp"

#include <algorithm>

#include "executor/commit.hpp"
#include "executor/transaction.hpp"
#include "link/own_statements.hpp"
#include "link/settings.hpp"
#include "link/union.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/values.hpp"
#include "postgres/wrapper.hpp"
#include "remote/administrator.hpp"
#include "remote/home.hpp"
#include "remote/hosts.hpp"
#include "remote/rules.hpp"
#include "remote/url_file.hpp"
#include "schema/array.hpp"
#include "schema/relation.hpp"
#include "schema/text.hpp"

namespace datalinks::fdw
{

namespace
{

namespace sqlstate = pg::sqlstate;
using schema::compose;

[[noreturn]] void fail(const std::string& keyword, const char* detail)
{
	throw pg::Failure(sqlstate::invalid_parameter_value,
	                  compose("invalid value for option \"%1%\"", keyword))
	    .detail(detail);
}

/* ISO 8601 in UTC reads alike under every DateStyle: datalink_list() must not depend on one. */
void check_time(const std::string& keyword, const std::string& value)
{
	if (value.size() < sizeof("2000-01-01T00:00:00Z") - 1 || value[4] != '-' || value[7] != '-' ||
	    value[10] != 'T' || value.back() != 'Z')
		fail(keyword, "A time is written as in 2000-01-31T12:00:00Z.");
	pg::require_time(value);
}

/* Checks an option of ours on a server; returns false for one that is not ours. */
bool check_own(const std::string& keyword, const std::string& value)
{
	if (keyword == "link" || link::is_setting(keyword))
	{
		/* Its schema may be called what the remote's may be. */
		const std::string checked = keyword == "link" ? "remote_schema" : keyword;
		if (const char* objection = link::objection_to(checked, value))
			fail(keyword, objection);
		return true;
	}
	if (keyword == "created_at")
	{
		check_time(keyword, value);
		return true;
	}
	if (keyword == remote::home_option)
	{
		if (!remote::is_home(value))
			fail(keyword,
			     "It is a system identifier and a database's OID, as in 7000000000000000000/5.");
		return true;
	}
	if (keyword == remote::url_name_option)
	{
		if (!remote::is_url_name(value))
			fail(keyword, "A name has 1 to 63 letters, digits, \"_\", \"-\" and \".\".");
		return true;
	}
	if (keyword == executor::isolation_option)
	{
		if (value != "repeatable read")
			fail(keyword, "The only value is \"repeatable read\".");
		return true;
	}
	if (keyword == executor::two_phase_option)
	{
		if (!pg::is_boolean(value))
			fail(keyword, "It is a boolean: true or false.");
		return true;
	}
	return false;
}

/* The same of a foreign table's: what the link has recorded, which people may write by hand. */
bool check_recorded(const std::string& keyword, const std::string& value)
{
	if (keyword == schema::key_option && !schema::parse_array(value))
		fail(keyword, "It is a list of names without NULL, as in {a,b}.");
	if (keyword == schema::selectable_option && value != "true" && value != "false")
		fail(keyword, "It is true or false.");
	return std::find(schema::recorded_options.begin(), schema::recorded_options.end(), keyword) !=
	       schema::recorded_options.end();
}

/* A union of links connects to nothing: what it is stands in these options, and none other. */
void check_union(pg::Options& options)
{
	if (remote::value_of(options, link::union_option).empty())
		return;
	for (const auto& [keyword, value] : options)
	{
		if (!link::is_union_option(keyword))
			throw pg::Failure(sqlstate::invalid_parameter_value,
			                  compose("option \"%1%\" cannot be given together with \"%2%\"",
			                          keyword, link::union_option))
			    .detail("A union of data links is no link, and has no connection.");
		if (keyword == link::union_option)
			(void)check_own("link", value);
		else if (keyword == "created_at")
			check_time(keyword, value);
		else if (const char* objection = link::objection_to_union(keyword, value))
			fail(keyword, objection);
	}
	if (remote::value_of(options, "source_column").empty())
		throw pg::Failure(sqlstate::invalid_parameter_value, "source_column is missing");
	options.clear();
}

/*
 * postgres_fdw would ask for it over a session of its own, and what that has locked there our
 * session would wait for: nobody could see why.
 */
void refuse_remote_estimate(const pg::Options& options)
{
	for (const auto& [keyword, value] : options)
		if (keyword == "use_remote_estimate" && pg::is_true(value))
			throw pg::Failure(sqlstate::feature_not_supported,
			                  "use_remote_estimate is not supported for data links")
			    .detail("The remote would be asked over a second session, which the session that "
			            "writes may have to wait for.")
			    .hint("ANALYZE the foreign table: the planner goes by its statistics.");
}

/* More than what is read again (pg::foreign_servers) must not be stored. */
void check_size(const pg::Options& options)
{
	/* What an element of the array takes beside its text. */
	constexpr size_t beside = 8;
	size_t size = 64;
	for (const auto& [keyword, value] : options)
		size += keyword.size() + 1 + value.size() + beside;
	if (size > pg::max_options_size)
		throw pg::Failure(sqlstate::invalid_parameter_value, "the options are too long")
		    .detail(compose("Those of one server take at most %1% bytes.", pg::max_options_size));
}

/*
 * Where a named URL leads is for the administrator's file alone to say: with a host beside it, the
 * password in the file would go there.
 */
void require_nothing_beside_name(const pg::Options& options)
{
	if (remote::value_of(options, remote::url_name_option).empty())
		return;
	if (const auto keyword = remote::first_parameter(options))
		throw pg::Failure(sqlstate::invalid_parameter_value,
		                  compose("option \"%1%\" cannot be given together with \"%2%\"", *keyword,
		                          remote::url_name_option))
		    .detail("How to connect stands in the server's file of named URLs.");
}

/*
 * What only superusers may have the server do when it connects. It holds again at each connection:
 * who owns the server then may be somebody else.
 */
void check_privileged(const pg::Options& options)
{
	if (pg::is_superuser(pg::current_role()))
		return;
	if (const auto refused = remote::refused_parameter(options))
		throw pg::Failure(
		    sqlstate::insufficient_privilege,
		    compose("permission denied to set connection option \"%1%\"", refused->keyword))
		    .detail(refused->detail);
	if (!remote::knows_parameter("require_auth") && remote::names_socket(options))
		throw pg::Failure(sqlstate::password_required, "password is required")
		    .detail(remote::socket_detail)
		    .hint("Name the host to connect to over TCP, for example 127.0.0.1.");
}

/*
 * A mapping that lends the owner's credentials holds none, and nothing else that would make a
 * connection; takes what it says out. Who may write one, an event trigger knows.
 */
void check_lending(pg::Options& options)
{
	bool lends = false;
	std::string other;
	for (const auto& [keyword, value] : options)
	{
		if (keyword == pg::credentials_option && value != pg::owners_credentials)
			fail(keyword, "The only value is \"owner\".");
		if (keyword == pg::read_only_option && value != "true" && value != "false")
			fail(keyword, "It is true or false.");
		lends = lends || keyword == pg::credentials_option || keyword == pg::read_only_option;
		if (keyword != pg::credentials_option && keyword != pg::read_only_option &&
		    keyword != "password_required")
			other = keyword;
	}
	if (!lends)
		return;
	if (!pg::lends(options) || !other.empty())
		throw pg::Failure(
		    sqlstate::invalid_parameter_value,
		    compose("option \"%1%\" cannot be given together with \"%2%\"",
		            pg::lends(options) ? pg::credentials_option : pg::read_only_option,
		            other.empty() ? "credentials of the mapping's own" : other))
		    .detail(
		        "A user mapping that lends the credentials of the server's owner has none of its "
		        "own; it alone can be read-only.")
		    .hint("datalink_grant() makes such a mapping.");
	std::erase_if(options, [](const pg::Option& option) {
		return option.keyword == pg::credentials_option || option.keyword == pg::read_only_option;
	});
}

/* The wrapper says which cluster the database is in. */
void check_cluster(pg::Options& options)
{
	std::erase_if(options, [](const pg::Option& option) {
		if (option.keyword != remote::cluster_option)
			return false;
		if (!remote::is_cluster(option.value))
			fail(option.keyword, "It is a system identifier.");
		return true;
	});
}

/*
 * The administrator's rules, as far as they can be told without looking anything up. What is not
 * written here (no host at all, a service) counts when it is connected to, and so does the rest
 * once more. Our own functions alter links whose hosts are not allowed any more, too.
 */
void check_rules(const pg::Options& options)
{
	const auto given = [&](const char* keyword) {
		return !remote::value_of(options, keyword).empty();
	};
	if (link::OwnStatements::running() || pg::in_binary_upgrade() ||
	    !(given("host") || given("hostaddr")))
		return;
	const auto rules = remote::Rules::in_force(pg::is_superuser(pg::current_role()) &&
	                                           pg::is_superuser(pg::outer_role()));
	if (!rules)
		return;
	try
	{
		for (const pg::Options& host : remote::split_hosts(remote::Rules::effective(options)))
			if (const auto failure = rules->refusal(host))
				throw pg::Failure(*failure);
	}
	catch (const remote::UrlError& error)
	{
		throw pg::Failure(sqlstate::invalid_parameter_value,
		                  "the server's options do not make a connection")
		    .detail(error.detail());
	}
}

} // namespace

void validate(FunctionCallInfoBaseData* call)
{
	pg::Options options = pg::validator_options(call);
	const pg::OptionOwner owner = pg::option_owner(call);
	check_size(options);
	if (owner == pg::OptionOwner::server || owner == pg::OptionOwner::foreign_table)
		refuse_remote_estimate(options);
	if (owner == pg::OptionOwner::foreign_table)
		std::erase_if(options, [](const auto& option) {
			return check_recorded(option.keyword, option.value);
		});
	if (owner == pg::OptionOwner::server)
	{
		check_union(options);
		require_nothing_beside_name(options);
		std::erase_if(options,
		              [](const auto& option) { return check_own(option.keyword, option.value); });
		check_privileged(options);
		check_rules(options);
	}
	if (owner == pg::OptionOwner::user_mapping)
	{
		check_lending(options);
		check_privileged(options);
	}
	if (owner == pg::OptionOwner::wrapper)
		check_cluster(options);
	pg::call_postgres_fdw_validator(call, options);
}

} // namespace datalinks::fdw
