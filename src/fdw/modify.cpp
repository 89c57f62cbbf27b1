/*
 * UPDATE and DELETE through a link: no wrong rows.
 *
 * postgres_fdw runs a statement that it cannot ship whole row by row, by the remote's ctid. In a
 * partitioned table, an inheritance parent or a foreign table of the remote's, ctid is unique
 * within one partition only: rows of others would be changed. There such a statement is refused, at
 * its first row; those that are shipped whole never come here. A view has no ctid at all.
 */
#include <string>

#include "postgres/guard.hpp"
#include "postgres/options.hpp"
#include "schema/relation.hpp"
#include "schema/text.hpp"

#include "fdw/hints.hpp"
#include "fdw/modify.hpp"

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

bool has_ambiguous_ctid(const char* kind)
{
	return kind != nullptr &&
	       (strcmp(kind, "partitioned table") == 0 || strcmp(kind, "inheritance parent") == 0 ||
	        strcmp(kind, "foreign table") == 0);
}

bool is_view(const char* kind)
{
	return kind != nullptr && strcmp(kind, "view") == 0;
}

[[noreturn]] void refuse(const ResultRelInfo* relation, const char* operation)
{
	const Oid table = RelationGetRelid(relation->ri_RelationDesc);
	const char* kind = pg::call([&] { return remote_kind(table); });
	const std::string name = RelationGetRelationName(relation->ri_RelationDesc);
	throw pg::Failure(pg::sqlstate::feature_not_supported,
	                  compose("cannot %1% foreign table \"%2%\" row by row", operation, name))
	    .detail(is_view(kind)
	                ? "It stands for a remote view, whose rows have no ctid to find them again."
	                : compose("It stands for a remote %1%, in which no row can be told from the "
	                          "rows of other partitions.",
	                          kind != nullptr ? kind : "table"))
	    .hint("A statement that the remote can run whole is sent whole: no local joins, triggers "
	          "or "
	          "functions, only conditions and values that EXPLAIN VERBOSE shows in Remote SQL.");
}

TupleTableSlot* refuse_update(EState*, ResultRelInfo* relation, TupleTableSlot*, TupleTableSlot*)
{
	return pg::entry([&]() -> TupleTableSlot* { refuse(relation, "update"); });
}

TupleTableSlot* refuse_delete(EState*, ResultRelInfo* relation, TupleTableSlot*, TupleTableSlot*)
{
	return pg::entry([&]() -> TupleTableSlot* { refuse(relation, "delete from"); });
}

int one_row(ResultRelInfo*)
{
	return 1;
}

} // namespace

void insert_row_by_row(ResultRelInfo* relation)
{
	relation->ri_FdwRoutine->GetForeignModifyBatchSize = one_row;
}

void begin_foreign_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                          int subplan_index, int flags)
{
	FdwRoutine* routine = own_routine(state->ps.state, relation);
	begin_hinted_modify(state, relation, fdw_private, subplan_index, flags);
	if (state->operation == CMD_INSERT)
	{
		/* The target attributes: see plan_foreign_modify(). */
		if (list_length(fdw_private) > 1 && lsecond(fdw_private) == NIL)
			insert_row_by_row(relation);
		return;
	}
	const char* kind = remote_kind(RelationGetRelid(relation->ri_RelationDesc));
	/* Reading the rows of a view with their ctid would fail before there is a first one. */
	if (is_view(kind) && !(flags & EXEC_FLAG_EXPLAIN_ONLY))
		pg::entry(
		    [&] { refuse(relation, state->operation == CMD_UPDATE ? "update" : "delete from"); });
	if (!has_ambiguous_ctid(kind))
		return;
	routine->ExecForeignUpdate = refuse_update;
	routine->ExecForeignDelete = refuse_delete;
}

} // namespace datalinks::fdw
