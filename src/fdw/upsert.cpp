/*
 * INSERT ... ON CONFLICT, planned: see upsert.hpp.
 */
#include <cstring>
#include <string>

#include "postgres/guard.hpp"
#include "postgres/nodes.hpp"
#include "postgres/options.hpp"
#include "schema/relation.hpp"
#include "schema/text.hpp"

#include "fdw/default_marks.hpp"
#include "fdw/upsert.hpp"
#include "fdw/upsert_parameters.hpp"
#include "fdw/upsert_text.hpp"
#include "fdw/write.hpp"

namespace datalinks::fdw
{

namespace
{

bool is_ours(Oid table)
{
	return GetFdwRoutineByRelId(table)->BeginForeignModify == begin_foreign_modify;
}

bool has_target(const Query* query)
{
	return query->commandType == CMD_INSERT && query->onConflict != nullptr &&
	       (query->onConflict->arbiterElems != NIL || OidIsValid(query->onConflict->constraint));
}

/* The clause is kept where the planner looks at nothing: in place of the columns of EXCLUDED. */
void take_out(Query* query)
{
	OnConflictExpr* clause = query->onConflict;
	mark_assignments(query, clause->onConflictSet);
	auto* kept = makeNode(OnConflictExpr);
	*kept = *clause;
	kept->onConflictSet = NIL;
	kept->onConflictWhere = nullptr;
	kept->exclRelTlist = NIL;
	clause->action = ONCONFLICT_NONE;
	clause->arbiterElems = NIL;
	clause->arbiterWhere = nullptr;
	clause->constraint = InvalidOid;
	clause->exclRelTlist = list_make1(kept);
}

/* The clause that was taken out; nullptr for none. */
const OnConflictExpr* kept_clause(const Query* query)
{
	const OnConflictExpr* clause = query->onConflict;
	if (clause == nullptr || clause->action != ONCONFLICT_NONE || clause->exclRelTlist == NIL)
		return nullptr;
	return castNode(OnConflictExpr, linitial(clause->exclRelTlist));
}

} // namespace

void take_out_conflicts(Query* query)
{
	if (has_target(query))
	{
		const RangeTblEntry* target = rt_fetch(query->resultRelation, query->rtable);
		if (target->relkind == RELKIND_FOREIGN_TABLE && is_ours(target->relid))
			take_out(query);
	}
	const ListCell* cell;
	foreach (cell, query->cteList)
		take_out_conflicts(castNode(Query, static_cast<CommonTableExpr*>(lfirst(cell))->ctequery));
}

namespace
{

bool has_partition_of_ours(Oid table)
{
	const ListCell* cell;
	foreach (cell, find_all_inheritors(table, NoLock, nullptr))
		if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_FOREIGN_TABLE && is_ours(lfirst_oid(cell)))
			return true;
	return false;
}

bool is_unique(Oid index)
{
	HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	if (!HeapTupleIsValid(tuple))
		return false;
	const bool unique = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indisunique;
	ReleaseSysCache(tuple);
	return unique;
}

/* A table with a foreign partition has none: elsewhere there is no need to look at partitions. */
bool has_unique_index(Oid table)
{
	Relation relation = table_open(table, NoLock);
	bool found = false;
	const ListCell* cell;
	foreach (cell, RelationGetIndexList(relation))
		found = found || is_unique(lfirst_oid(cell));
	table_close(relation, NoLock);
	return found;
}

} // namespace

bool is_conflict_of_partitions(const Query* query)
{
	if (has_target(query))
	{
		const RangeTblEntry* target = rt_fetch(query->resultRelation, query->rtable);
		if (target->relkind == RELKIND_PARTITIONED_TABLE && !has_unique_index(target->relid) &&
		    has_partition_of_ours(target->relid))
			return true;
	}
	const ListCell* cell;
	foreach (cell, query->cteList)
		if (is_conflict_of_partitions(
		        castNode(Query, static_cast<CommonTableExpr*>(lfirst(cell))->ctequery)))
			return true;
	return false;
}

void hint_at_partitions(void*)
{
	if (geterrcode() == pg::sqlstate::invalid_column_reference)
		errhint("A partition is a data link's table, so that no unique index can be here. INSERT "
		        "into the partition itself.");
}

namespace
{

/* Which triggers here the remote's choice between INSERT and UPDATE would have to fire. */
void refuse_triggers(Oid table)
{
	const bool has_any = pg::call([&] {
		Relation relation = table_open(table, NoLock);
		const TriggerDesc* triggers = relation->trigdesc;
		const bool found =
		    triggers != nullptr &&
		    (triggers->trig_update_before_row || triggers->trig_update_after_row ||
		     triggers->trig_update_before_statement || triggers->trig_update_after_statement ||
		     triggers->trig_insert_after_row);
		table_close(relation, NoLock);
		return found;
	});
	if (has_any)
		refuse_upsert("the table has triggers here for rows that are updated or were inserted, and "
		              "only the remote knows which are");
}

/* A remote's view or partitioned table does not show what the mark needs. */
bool shows_versions(Oid table)
{
	const char* kind = pg::call(
	    [&] { return pg::option_text(GetForeignTable(table)->options, schema::kind_option); });
	return kind == nullptr || strcmp(kind, "inheritance parent") == 0;
}

/*
 * Whether it may affect a row twice, with other parts of its statement. A single row of VALUES is
 * no table; the planner has put an empty one in its place.
 */
bool has_several_rows(const PlannerInfo* root)
{
	const Query* query = root->parse;
	const List* from = query->jointree->fromlist;
	if (root->query_level > 1 || query->hasModifyingCTE || query->hasTargetSRFs ||
	    list_length(from) > 1)
		return true;
	if (from == NIL || !IsA(linitial(from), RangeTblRef))
		return from != NIL;
	const int index = reinterpret_cast<const RangeTblRef*>(linitial(from))->rtindex;
	return rt_fetch(index, query->rtable)->rtekind != RTE_RESULT;
}

int count_of_sent(Oid table, const List* attributes)
{
	int count = 0;
	const ListCell* cell;
	foreach (cell, attributes)
		if (get_attgenerated(table, static_cast<AttrNumber>(lfirst_int(cell))) == '\0')
			++count;
	return count;
}

/* What the executor evaluates stands where the server has it prepared like all of the plan. */
List* parameter_entries(const Shipping& shipping, bool once)
{
	List* entries = NIL;
	const ListCell* cell;
	foreach (cell, shipping.parameters)
		entries =
		    lappend(entries, makeTargetEntry(static_cast<Expr*>(lfirst(cell)),
		                                     static_cast<AttrNumber>(list_length(entries) + 1),
		                                     nullptr, false));
	for (int i = 0; once && i < 2; ++i)
	{
		Expr* null = reinterpret_cast<Expr*>(makeNullConst(TEXTOID, -1, InvalidOid));
		entries = lappend(entries,
		                  makeTargetEntry(null, static_cast<AttrNumber>(list_length(entries) + 1),
		                                  pstrdup(name_of_mark), false));
	}
	return entries;
}

void write_into(List* planned, const ConflictText& text)
{
	const std::string sql = strVal(linitial(planned));
	const auto end = static_cast<size_t>(intVal(lthird(planned)));
	std::string whole = sql.substr(0, end) + text.clause + sql.substr(end);
	if (!text.returned.empty())
		whole += (end == sql.size() ? " RETURNING " : ", ") + text.returned;
	pg::call([&] { linitial(planned) = makeString(pstrdup(whole.c_str())); });
}

} // namespace

void ship_conflict(List* planned, const PlannerInfo* root, ModifyTable* plan, Oid table)
{
	const Query* query = root->parse;
	const OnConflictExpr* clause = kept_clause(query);
	if (clause == nullptr)
		return;
	if (list_length(planned) < 3 || !IsA(linitial(planned), String) ||
	    !IsA(lthird(planned), Integer))
		throw pg::Failure(pg::sqlstate::internal_error,
		                  "postgres_fdw's plan of a modification is not as expected");
	const bool updates = clause->action == ONCONFLICT_UPDATE;
	if (updates)
		refuse_triggers(table);
	if (updates && pg::call([&] { return pg::returns_old_rows(query); }))
		refuse_upsert("it returns rows as they were before");
	Conflict conflict{};
	conflict.root = root;
	conflict.clause = clause;
	conflict.set = plan->onConflictSet;
	conflict.columns = plan->onConflictCols;
	conflict.where = castNode(List, plan->onConflictWhere);
	conflict.once = updates && has_several_rows(root) && shows_versions(table);
	Shipping shipping{};
	shipping.table = table;
	shipping.target = query->resultRelation;
	shipping.excluded = updates ? clause->exclRelIndex : 0;
	shipping.sent =
	    pg::call([&] { return count_of_sent(table, static_cast<const List*>(lsecond(planned))); });
	write_into(planned, conflict_text(conflict, shipping));
	pg::call([&] { plan->onConflictSet = parameter_entries(shipping, conflict.once); });
	plan->onConflictCols = NIL;
	plan->onConflictWhere = nullptr;
	plan->exclRelTlist = NIL;
}

} // namespace datalinks::fdw
