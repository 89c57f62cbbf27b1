/*
 * The options that a link sets itself: see tuning.hpp.
 */
#include "sync/tuning.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "link/options.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;

/*
 * Extensions whose functions and operators a condition may have: not those that are there for the
 * server's own sake.
 */
pg::Rows local_extensions()
{
	return spi::query(
	    "SELECT e.extname, e.extversion, n.nspname"
	    " FROM pg_catalog.pg_extension e"
	    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace"
	    " WHERE e.extname <> ALL ('{plpgsql,datalinks,postgres_fdw,dblink}')"
	    " ORDER BY e.extname COLLATE pg_catalog.\"C\"");
}

/*
 * As postgres_fdw's option has them. Their functions are called there by the name of the schema
 * here, and mean the same in the same version alone.
 */
std::string same_extensions(const pg::Rows& local, remote::Session& session)
{
	std::vector<std::string> names;
	for (const pg::Row& row : local)
		names.push_back(*row[0]);
	const pg::Rows found =
	    session.query("SELECT e.extname, e.extversion, n.nspname FROM pg_extension e"
	                  " JOIN pg_namespace n ON n.oid = e.extnamespace"
	                  " WHERE e.extname::text IN (SELECT unnest($1::text[]))",
	                  {schema::array_literal(names)}, 3);
	std::vector<std::string> same;
	for (const pg::Row& row : local)
		if (std::find(found.begin(), found.end(), row) != found.end())
			same.push_back(schema::quote_identifier(*row[0]));
	return schema::join(same, ", ");
}

} // namespace

void tune(const Link& link, remote::Session& session)
{
	pg::Options wanted;
	wanted.push_back({"async_capable", "true"});
	const pg::Rows local = local_extensions();
	if (!local.empty())
		if (std::string same = same_extensions(local, session); !same.empty())
			wanted.push_back({"extensions", same});
	/* The link as it is now: reading what the remote offers may have changed its settings. */
	link::set_own_options(link::link_on(link.server, link.name), wanted);
}

} // namespace datalinks::sync
