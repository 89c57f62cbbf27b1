/*
 * IMPORT FOREIGN SCHEMA: see import.hpp.
 */
#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"
#include "postgres/servers.hpp"
#include "remote/options.hpp"

#include "fdw/import.hpp"

namespace datalinks::fdw
{

List* import_foreign_schema(ImportForeignSchemaStmt* statement, Oid server)
{
	return pg::entry([&] {
		/* Without an option that it knows, it would connect to this very server. */
		if (!remote::value_of(pg::foreign_server(server).options, remote::url_name_option).empty())
			throw pg::Failure(pg::sqlstate::feature_not_supported,
			                  "IMPORT FOREIGN SCHEMA is not supported with a named URL")
			    .hint("Use datalink_create() or datalink_refresh().");
		return pg::call([&] { return postgres_fdw().ImportForeignSchema(statement, server); });
	});
}

} // namespace datalinks::fdw
