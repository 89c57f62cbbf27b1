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

/* What the remote's relation is; nullptr for an ordinary table. Server code. */
const char* remote_kind(Oid table)
{
	return pg::option_text(GetForeignTable(table)->options, schema::kind_option);
}

bool is_ambiguous(const char* kind)
{
	return kind != nullptr &&
	       (strcmp(kind, "partitioned table") == 0 || strcmp(kind, "inheritance parent") == 0 ||
	        strcmp(kind, "foreign table") == 0);
}

bool is_view(const char* kind)
{
	return kind != nullptr && strcmp(kind, "view") == 0;
}

} // namespace

void refuse_rows(const ResultRelInfo* relation, CmdType operation)
{
	const Oid table = RelationGetRelid(relation->ri_RelationDesc);
	const char* kind = pg::call([&] { return remote_kind(table); });
	const std::string name = RelationGetRelationName(relation->ri_RelationDesc);
	throw pg::Failure(pg::sqlstate::feature_not_supported,
	                  compose("cannot %1% foreign table \"%2%\" row by row",
	                          operation == CMD_UPDATE ? "update" : "delete from", name))
	    .detail(is_view(kind)
	                ? "It stands for a remote view, whose rows have no ctid to find them again."
	                : compose("It stands for a remote %1%, in which no row can be told from the "
	                          "rows of other partitions.",
	                          kind != nullptr ? kind : "table"))
	    .hint("A statement that the remote can run whole is sent whole: no local joins, triggers "
	          "or "
	          "functions, only conditions and values that EXPLAIN VERBOSE shows in Remote SQL.");
}

bool has_ambiguous_ctid(const ResultRelInfo* relation)
{
	return is_ambiguous(remote_kind(RelationGetRelid(relation->ri_RelationDesc)));
}

void refuse_view(const ResultRelInfo* relation, CmdType operation)
{
	if (is_view(pg::call([&] { return remote_kind(RelationGetRelid(relation->ri_RelationDesc)); })))
		refuse_rows(relation, operation);
}

} // namespace datalinks::fdw
