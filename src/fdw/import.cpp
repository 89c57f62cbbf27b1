/*
 * IMPORT FOREIGN SCHEMA: see import.hpp.
 */
#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/servers.hpp"
#include "remote/target.hpp"

#include "fdw/import.hpp"

namespace datalinks::fdw
{

namespace
{

/* What postgres_fdw does not look at before it connects. */
void require_allowed(Oid server)
{
	/* Without an option that it knows, it would connect to this very server. */
	if (!pg::server_option(server, remote::url_name_option).empty())
		throw pg::Failure(pg::sqlstate::feature_not_supported,
		                  "IMPORT FOREIGN SCHEMA is not supported with a named URL")
		    .hint("Use datalink_create() or datalink_refresh().");
	const remote::Target target = remote::target_of(server, pg::current_role());
	if (remote::Rules::in_force(target.superusers_alone))
		throw pg::Failure(pg::sqlstate::feature_not_supported,
		                  "IMPORT FOREIGN SCHEMA is not supported for data links here")
		    .detail("It connects without the rules of datalinks.allowed_hosts and "
		            "datalinks.min_sslmode.")
		    .hint("Use datalink_create() or datalink_refresh().");
	(void)remote::hosts_of(target);
	if (const auto failure = remote::refusal_of(target))
		throw *failure;
}

} // namespace

List* import_foreign_schema(ImportForeignSchemaStmt* statement, Oid server)
{
	return pg::entry([&] {
		require_allowed(server);
		return pg::call([&] { return postgres_fdw().ImportForeignSchema(statement, server); });
	});
}

} // namespace datalinks::fdw
