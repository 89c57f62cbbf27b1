/*
 * The options that a link sets itself: see tuning.hpp.
 */
#include "sync/tuning.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "link/options.hpp"
#include "postgres/extensions.hpp"
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
std::vector<pg::Extension> local_extensions()
{
	std::vector<pg::Extension> extensions = pg::extensions();
	std::erase_if(extensions, [](const pg::Extension& extension) {
		return extension.name == "plpgsql" || extension.name == "datalinks" ||
		       extension.name == "postgres_fdw" || extension.name == "dblink";
	});
	return extensions;
}

/*
 * As postgres_fdw's option has them. Their functions are called there by the name of the schema
 * here, and mean the same in the same version alone.
 */
std::string same_extensions(const std::vector<pg::Extension>& local, remote::Session& session)
{
	std::vector<std::string> names;
	for (const pg::Extension& extension : local)
		names.push_back(extension.name);
	const pg::Rows found =
	    session.query("SELECT e.extname, e.extversion, n.nspname FROM pg_extension e"
	                  " JOIN pg_namespace n ON n.oid = e.extnamespace"
	                  " WHERE e.extname::text IN (SELECT unnest($1::text[]))",
	                  {schema::array_literal(names)}, 3);
	std::vector<std::string> same;
	for (const auto& [name, version, schema] : local)
		if (std::find(found.begin(), found.end(), pg::Row{name, version, schema}) != found.end())
			same.push_back(schema::quote_identifier(name));
	return schema::join(same, ", ");
}

} // namespace

void tune(const Link& link, remote::Session& session)
{
	pg::Options wanted;
	wanted.push_back({"async_capable", "true"});
	const std::vector<pg::Extension> local = local_extensions();
	if (!local.empty())
		if (std::string same = same_extensions(local, session); !same.empty())
			wanted.push_back({"extensions", same});
	/* The link as it is now: reading what the remote offers may have changed its settings. */
	link::set_own_options(link::link_on(link.server, link.name), wanted);
}

} // namespace datalinks::sync
