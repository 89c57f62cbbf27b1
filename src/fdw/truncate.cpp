/*
 * TRUNCATE through a link: see truncate.hpp.
 */
#include <string>
#include <vector>

#include "executor/writer.hpp"
#include "postgres/guard.hpp"
#include "postgres/options.hpp"
#include "schema/text.hpp"

#include "fdw/hints.hpp"
#include "fdw/remote_names.hpp"
#include "fdw/truncate.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;

Oid table_in(const ListCell* cell)
{
	return RelationGetRelid(static_cast<const RelationData*>(lfirst(cell)));
}

/* It would wait for a lock of our own session there, and nobody could see that. */
void refuse_while_reading(Oid server)
{
	if (executor::is_reading(server))
		throw pg::Failure(pg::sqlstate::object_in_use,
		                  "cannot truncate a table of a data link that is being read")
		    .detail("A query or cursor of this session has rows of the link still to read.")
		    .hint("Close it first.");
}

/* postgres_fdw's option "truncatable"; the table's goes before the server's. Server code. */
bool is_truncatable(Oid table, Oid server)
{
	const char* option = pg::option_text(GetForeignTable(table)->options, "truncatable");
	if (option == nullptr)
		option = pg::option_text(GetForeignServer(server)->options, "truncatable");
	return option == nullptr || pg::is_true(option);
}

void truncate(const List* relations, DropBehavior behavior, bool restart)
{
	const Oid server = GetForeignServerIdByRelId(table_in(list_head(relations)));
	refuse_while_reading(server);
	std::vector<std::string> names;
	const ListCell* cell;
	foreach (cell, relations)
	{
		const Oid table = table_in(cell);
		if (!pg::call([&] { return is_truncatable(table, server); }))
			throw pg::Failure(pg::sqlstate::object_not_in_prerequisite_state,
			                  compose("foreign table \"%1%\" does not allow truncates",
			                          pg::call([&] { return get_rel_name(table); })));
		names.emplace_back(pg::call([&] { return remote_table(table); }));
	}
	executor::Writer writer(executor::route_to(server, GetUserId()),
	                        compose("TRUNCATE %1% %2% IDENTITY %3%", schema::join(names, ", "),
	                                restart ? "RESTART" : "CONTINUE",
	                                behavior == DROP_CASCADE ? "CASCADE" : "RESTRICT"));
	(void)writer.send_and_wait({});
}

} // namespace

void exec_foreign_truncate(List* relations, DropBehavior behavior, bool restart)
{
	watched(watch_of(table_in(list_head(relations))),
	        [&] { pg::entry([&] { truncate(relations, behavior, restart); }); });
}

} // namespace datalinks::fdw
