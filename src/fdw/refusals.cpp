/*
 * UPDATE and DELETE that would change wrong rows: see refusals.hpp.
 */
#include <cstring>
#include <string>

#include "postgres/guard.hpp"
#include "postgres/options.hpp"
#include "schema/relation.hpp"
#include "schema/text.hpp"

#include "fdw/refusals.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;

/* Whether this is what the remote's relation is. Server code. */
bool is_kind(const ResultRelInfo* relation, const char* kind)
{
	const List* options = GetForeignTable(RelationGetRelid(relation->ri_RelationDesc))->options;
	const char* known = pg::option_text(options, schema::kind_option);
	return known != nullptr && strcmp(known, kind) == 0;
}

} // namespace

void refuse_rows(const ResultRelInfo* relation, CmdType operation, const std::string& reason,
                 const std::string& advice)
{
	throw pg::Failure(pg::sqlstate::feature_not_supported,
	                  compose("cannot %1% foreign table \"%2%\" row by row",
	                          operation == CMD_UPDATE ? "update" : "delete from",
	                          RelationGetRelationName(relation->ri_RelationDesc)))
	    .detail(reason)
	    .hint(advice);
}

void refuse_rows(const ResultRelInfo* relation, CmdType operation)
{
	refuse_rows(
	    relation, operation,
	    pg::call([&] { return is_kind(relation, "view"); })
	        ? "It stands for a remote view, whose rows have no ctid to find them again."
	        : "It stands for a remote foreign table, whose rows may have their ctid in common.",
	    "A statement that the remote can run whole is sent whole: no local joins, triggers or "
	    "functions, only conditions and values that EXPLAIN VERBOSE shows in Remote SQL.");
}

bool is_foreign_there(const ResultRelInfo* relation)
{
	return is_kind(relation, "foreign table");
}

void refuse_view(const ResultRelInfo* relation, CmdType operation)
{
	if (pg::call([&] { return is_kind(relation, "view"); }))
		refuse_rows(relation, operation);
}

} // namespace datalinks::fdw
