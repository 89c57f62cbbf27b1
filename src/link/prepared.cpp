/*
 * The transactions that remotes hold prepared: see prepared.hpp.
 */
#include "link/prepared.hpp"

#include <charconv>
#include <set>
#include <vector>

#include "link/connect.hpp"
#include "link/rights.hpp"
#include "postgres/guard.hpp"
#include "postgres/mappings.hpp"
#include "postgres/roles.hpp"
#include "postgres/spi.hpp"
#include "schema/gid.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

using schema::compose;

/* On whose behalf the caller may look at the link's remote; 0 is PUBLIC. */
std::vector<unsigned> roles_to_visit(const Link& link)
{
	const unsigned caller = pg::current_role();
	/* A named URL needs no mapping. */
	const bool named = !remote::value_of(link.options, remote::url_name_option).empty();
	std::vector<unsigned> roles;
	if (pg::is_superuser(caller))
	{
		if (named)
			return {link.owner};
		for (const auto& row : spi::query_now("SELECT umuser FROM pg_catalog.pg_user_mapping"
		                                      " WHERE umserver = $1::oid ORDER BY umuser",
		                                      {std::to_string(link.server)}))
			roles.push_back(static_cast<unsigned>(std::stoul(*row[0])));
		return roles;
	}
	const bool may_use = pg::owns_server(link.server) || pg::may_use_server(link.server);
	if (may_use ? named || pg::mapping_options(link.server, caller).has_value()
	            : pg::own_mapping_options(link.server, caller).has_value())
		roles.push_back(caller);
	return roles;
}

/* Seconds since 1970 as a time in words; the remote may tell anything. */
std::string time_of(const std::string& seconds)
{
	constexpr double last = 253402300799; /* of the year 9999 */
	double value = 0;
	const char* end = seconds.data() + seconds.size();
	const auto read = std::from_chars(seconds.data(), end, value);
	if (read.ec != std::errc() || read.ptr != end || !(value >= 0 && value <= last))
		throw pg::Failure(pg::sqlstate::protocol_violation,
		                  "the remote tells no time at which it has prepared a transaction");
	return *spi::query("SELECT pg_catalog.to_char(pg_catalog.to_timestamp($1::pg_catalog.float8)"
	                   " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
	                   {seconds})[0][0];
}

/* The session is in no transaction afterwards: in one, nothing that was prepared can be ended. */
std::vector<Prepared> find_prepared(remote::Session& session)
{
	const std::string prefix = schema::gid_prefix(pg::cluster(), pg::database());
	const remote::Rows rows =
	    session.query("SELECT gid, extract(epoch FROM prepared)::float8 FROM pg_prepared_xacts"
	                  " WHERE database = current_database() AND owner = current_user"
	                  " AND left(gid, length($1)) = $1 ORDER BY prepared, gid",
	                  {prefix}, 2);
	session.query("COMMIT", {}, 0);
	std::vector<Prepared> found;
	for (const remote::Row& row : rows)
	{
		const std::string gid = row[0].value_or("");
		if (const auto transaction = schema::transaction_of(gid, prefix))
			found.push_back(
			    {gid, time_of(row[1].value_or("")), pg::transaction_status(*transaction)});
	}
	return found;
}

void warn_of(const Link& link, const pg::Failure& failure)
{
	const std::string& detail = failure.detail();
	pg::warning(compose("could not look at the remote of data link \"%1%\"", link.name),
	            compose("%1%%2%%3%", failure.what(), detail.empty() ? "." : ": ", detail));
}

} // namespace

const char* verdict_text(pg::TransactionStatus verdict)
{
	switch (verdict)
	{
	case pg::TransactionStatus::committed:
		return "committed";
	case pg::TransactionStatus::aborted:
		return "aborted";
	case pg::TransactionStatus::in_progress:
		return "in progress";
	case pg::TransactionStatus::unknown:
		break;
	}
	return "unknown";
}

void visit_prepared(const std::optional<std::string>& name, const Visit& visit)
{
	std::set<std::string> seen; /* several links, or mappings, may lead to one user there */
	for (const Link& link : name ? std::vector<Link>{require_link(*name)} : all_links())
	{
		const auto roles = roles_to_visit(link);
		if (roles.empty() && name)
			throw pg::Failure(pg::sqlstate::insufficient_privilege,
			                  compose("permission denied for data link \"%1%\"", link.name))
			    .detail("It takes a user mapping for it.");
		for (const unsigned role : roles)
			try
			{
				remote::Session session = connect_again(link, role);
				for (const Prepared& prepared : find_prepared(session))
					if (seen.insert(prepared.gid).second)
						visit(link, session, prepared);
			}
			catch (const pg::Failure& failure)
			{
				if (name)
					throw;
				warn_of(link, failure);
			}
	}
}

} // namespace datalinks::link
