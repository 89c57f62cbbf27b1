/*
 * What a server connects to: see target.hpp.
 */
#include "remote/target.hpp"

#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/servers.hpp"
#include "postgres/types.hpp"
#include "remote/home.hpp"
#include "remote/named_url.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::remote
{

using schema::compose;

namespace
{

/* Whoever has a say in the connection: who asks for it, whose server it is, whose mapping. */
bool all_superusers(unsigned owner, unsigned role)
{
	return pg::is_superuser(pg::current_role()) && pg::is_superuser(pg::outer_role()) &&
	       pg::is_superuser(owner) && pg::is_superuser(role);
}

[[noreturn]] void fail_without_mapping(unsigned role)
{
	throw pg::Failure(pg::sqlstate::undefined_object,
	                  "user mapping not found for \"" + pg::role_name(role) + "\"");
}

/* Whose the credentials are, and whether a superuser has said that they need no password. */
struct Credentials
{
	Options options;
	bool trusted;
};

/* The validator lets only superusers write it into a mapping. */
bool is_trusted(const Options& mapping)
{
	return value_of(mapping, "password_required") == "false";
}

/*
 * A superuser's word about a mapping that lends counts for what a superuser lends: whoever has been
 * given the server since then lends what he has.
 */
Credentials credentials_of(const pg::ForeignServer& server, const Options& mapping)
{
	if (!pg::lends(mapping))
		return {mapping, is_trusted(mapping)};
	const auto owners = pg::own_mapping_options(server.oid, server.owner);
	if (!owners || pg::lends(*owners))
		fail_without_mapping(server.owner);
	return {*owners,
	        is_trusted(*owners) || (is_trusted(mapping) && pg::is_superuser(server.owner))};
}

void take_options(Target& target, const pg::ForeignServer& server, const Options& mapping)
{
	const Credentials credentials = credentials_of(server, mapping);
	target.connection = server.options;
	target.connection.insert(target.connection.end(), credentials.options.begin(),
	                         credentials.options.end());
	target.password_required = !target.superusers_alone && !credentials.trusted;
	/* The validator lets only superusers write such parameters into a mapping. */
	if (!pg::is_superuser(server.owner))
		target.unprivileged = server.options;
}

/*
 * What the validator refuses could stand there, and in a mapping, which it sees without the server:
 * the administrator's password would go to whatever host that says.
 */
void require_no_parameter(const Options& options)
{
	if (const auto keyword = first_parameter(options))
		throw pg::Failure(
		    pg::sqlstate::invalid_parameter_value,
		    compose("connection option \"%1%\" cannot be used with a named URL", *keyword))
		    .hint("The file of named URLs alone says how to connect: drop the option from the "
		          "server, or the user mapping.");
}

/*
 * By the administrator's file, which must have the owner in mind, and whoever connects without the
 * owner's having lent it.
 */
void take_named(Target& target, const pg::ForeignServer& server, const Options& mapping,
                unsigned role)
{
	require_no_parameter(server.options);
	require_no_parameter(mapping);
	std::vector<unsigned> roles{server.owner};
	if (!pg::lends(mapping))
		roles.push_back(role);
	NamedConnection named =
	    named_connection(value_of(server.options, url_name_option), roles, target.tell_reason);
	target.named = true;
	target.connection = std::move(named.connection);
	target.password_required = named.password_required && !target.superusers_alone;
}

} // namespace

std::optional<Target> find_target(unsigned server, unsigned role)
{
	const pg::ForeignServer found = pg::foreign_server(server);
	const bool named = !value_of(found.options, url_name_option).empty();
	const auto mapping = pg::mapping_options(server, role);
	if (!mapping && !named)
		return std::nullopt;
	Target target;
	target.server = server;
	target.superusers_alone = all_superusers(found.owner, role);
	/* A command that acts as the link's owner still answers to its caller. */
	target.tell_reason = pg::is_superuser(pg::current_role()) || pg::is_superuser(pg::outer_role());
	target.client_encoding = pg::database_encoding();
	/* Whoever looks after the remote sees which link it is. */
	target.application = "datalinks: " + value_of(found.options, "link");
	if (named)
		take_named(target, found, mapping.value_or(Options()), role);
	else
		take_options(target, found, *mapping);
	return target;
}

Target target_of(unsigned server, unsigned role)
{
	auto target = find_target(server, role);
	if (!target)
		fail_without_mapping(role);
	return std::move(*target);
}

namespace
{

/* In words: a role as datalink_grant() takes it. */
std::string grantee(unsigned role)
{
	return role == 0 ? "public" : pg::role_name(role);
}

} // namespace

std::optional<pg::Failure> refusal_to_write(unsigned server, unsigned role)
{
	const auto name = [&] { return pg::server_option(server, "link"); };
	if (is_copy(pg::server_option(server, home_option)))
		return pg::Failure(pg::sqlstate::read_only_transaction,
		                   compose("data link \"%1%\" is read-only in this database", name()))
		    .detail("It was made in another one, of which this is a copy.")
		    .hint(compose("datalink_confirm(%1%) lets it write from here, too; "
		                  "datalink_set_remote() points it elsewhere.",
		                  schema::quote_literal(name())));
	const auto holder = pg::mapping_holder(server, role);
	const auto mapping = holder ? pg::own_mapping_options(server, *holder) : std::nullopt;
	if (!mapping || !pg::is_read_only(*mapping))
		return std::nullopt;
	return pg::Failure(pg::sqlstate::read_only_transaction,
	                   compose("data link \"%1%\" is read-only for role \"%2%\"", name(),
	                           pg::role_name(role)))
	    .detail(compose("It was granted to %1% for reading alone.", grantee(*holder)))
	    .hint(compose("Its owner can change that: datalink_grant(%1%, %2%, read_only => false).",
	                  schema::quote_literal(name()), schema::quote_literal(grantee(*holder))));
}

} // namespace datalinks::remote
