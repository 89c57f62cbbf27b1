/*
 * The marks of DEFAULT: see default_marks.hpp.
 */
#include "fdw/default_marks.hpp"

#include "postgres/nodes.hpp"

#include "postgres/pg.hpp"

#include "fdw/upsert.hpp"

namespace datalinks::fdw
{

namespace
{

planner_hook_type next_planner = nullptr;

/* The library may be loaded by the planner itself: that one statement has not been marked. */
bool seen_planner = false;

/* Locations that no text has; the server takes every negative one for an unknown place. */
constexpr int default_location = -2;
constexpr int unknown_location = -3;

/* The NULL that a value is, under a domain and a change of type's name; else nullptr. */
Const* null_of(Node* node)
{
	while (node != nullptr)
	{
		if (IsA(node, CoerceToDomain))
			node = reinterpret_cast<Node*>(reinterpret_cast<CoerceToDomain*>(node)->arg);
		else if (IsA(node, RelabelType))
			node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
		else
			break;
	}
	if (node == nullptr || !IsA(node, Const))
		return nullptr;
	auto* constant = reinterpret_cast<Const*>(node);
	return constant->constisnull ? constant : nullptr;
}

} // namespace

const Const* null_of(const Node* node)
{
	return null_of(const_cast<Node*>(node));
}

bool is_stored(const Query* query)
{
	return query->stmt_location < 0;
}

const RangeTblEntry* values_of(const Query* query)
{
	if (query->commandType != CMD_INSERT)
		return nullptr;
	const RangeTblEntry* values = nullptr;
	const ListCell* cell;
	foreach (cell, query->rtable)
	{
		const auto* entry = static_cast<const RangeTblEntry*>(lfirst(cell));
		if (entry->rtekind == RTE_SUBQUERY)
			return nullptr;
		if (entry->rtekind == RTE_VALUES && (query->querySource == QSRC_ORIGINAL ||
		                                     foreach_current_index(cell) >= query->resultRelation))
			values = entry;
	}
	return values;
}

Mark mark_on(const Const* null)
{
	switch (null->location)
	{
	case default_location:
		return Mark::as_default;
	case unknown_location:
		return Mark::unknown;
	default:
		return Mark::none;
	}
}

bool has_seen_planner()
{
	return seen_planner;
}

namespace
{

void mark(Node* value, int location)
{
	Const* constant = null_of(value);
	if (constant != nullptr && constant->location < 0)
		constant->location = location;
}

} // namespace

void mark_assignments(const Query* query, const List* assignments)
{
	const bool known = query->querySource == QSRC_ORIGINAL && !is_stored(query);
	const ListCell* cell;
	foreach (cell, assignments)
		mark(reinterpret_cast<Node*>(static_cast<TargetEntry*>(lfirst(cell))->expr),
		     known ? default_location : unknown_location);
}

namespace
{

void mark_rows(const Query* query)
{
	const RangeTblEntry* values = values_of(query);
	const bool known = query->querySource == QSRC_ORIGINAL && !is_stored(query);
	const ListCell* row;
	const ListCell* value;
	if (values != nullptr)
		foreach (row, values->values_lists)
			foreach (value, static_cast<const List*>(lfirst(row)))
				mark(static_cast<Node*>(lfirst(value)),
				     known ? default_location : unknown_location);
}

/* NULL as the planner makes it for a column that is left out, marked. */
TargetEntry* marked_entry(const FormData_pg_attribute* attribute)
{
	Const* constant = makeConst(attribute->atttypid, -1, attribute->attcollation, attribute->attlen,
	                            Datum{0}, true, attribute->attbyval);
	constant->location = default_location;
	Node* value =
	    coerce_to_domain(reinterpret_cast<Node*>(constant), InvalidOid, -1, attribute->atttypid,
	                     COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1, false);
	return makeTargetEntry(reinterpret_cast<Expr*>(value), attribute->attnum,
	                       pstrdup(NameStr(attribute->attname)), false);
}

/*
 * The entries, which are in the order of the attributes, with marked ones for those that are not
 * among them; of these columns alone where any are given.
 */
List* with_defaults(const List* given, Relation relation, const Bitmapset* named)
{
	List* entries = NIL;
	const ListCell* next = list_head(given);
	for (int i = 0; i < RelationGetNumberOfAttributes(relation); ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(RelationGetDescr(relation), i);
		auto* entry = next != nullptr ? static_cast<TargetEntry*>(lfirst(next)) : nullptr;
		if (entry != nullptr && !entry->resjunk && entry->resno == attribute->attnum)
		{
			entries = lappend(entries, entry);
			next = lnext(given, next);
		}
		else if (!attribute->attisdropped && attribute->attgenerated == '\0' &&
		         (named == nullptr ||
		          bms_is_member(attribute->attnum - FirstLowInvalidHeapAttributeNumber, named)))
			entries = lappend(entries, marked_entry(attribute));
	}
	for (; next != nullptr; next = lnext(given, next))
		entries = lappend(entries, lfirst(next));
	return entries;
}

/*
 * The rewriter takes DEFAULT out of the target list of a single row. Rows that are routed into a
 * partition have no plan of their own to tell from: for those it is put back.
 */
void put_back_defaults(Query* query)
{
	RangeTblEntry* target = rt_fetch(query->resultRelation, query->rtable);
	if (target->relkind != RELKIND_PARTITIONED_TABLE)
		return;
	const Bitmapset* named = pg::inserted_columns(query, target);
	if (named == nullptr)
		return;
	Relation relation = table_open(target->relid, NoLock);
	query->targetList = with_defaults(query->targetList, relation, named);
	table_close(relation, NoLock);
}

/* What an INSERT of a MERGE names is its own: another names other columns. */
void mark_actions(const Query* query)
{
	const RangeTblEntry* target = rt_fetch(query->resultRelation, query->rtable);
	if (target->relkind != RELKIND_PARTITIONED_TABLE)
		return;
	Relation relation = table_open(target->relid, NoLock);
	const ListCell* cell;
	foreach (cell, query->mergeActionList)
	{
		auto* action = static_cast<MergeAction*>(lfirst(cell));
		if (action->commandType == CMD_INSERT)
			action->targetList = with_defaults(action->targetList, relation, nullptr);
		else if (action->commandType == CMD_UPDATE)
			mark_assignments(query, action->targetList);
	}
	table_close(relation, NoLock);
}

void mark_defaults(Query* query)
{
	if (query->commandType == CMD_INSERT)
	{
		mark_rows(query);
		put_back_defaults(query);
	}
	else if (query->commandType == CMD_UPDATE)
		mark_assignments(query, query->targetList);
	else if (query->commandType == CMD_MERGE)
		mark_actions(query);
	const ListCell* cell;
	foreach (cell, query->cteList)
		mark_defaults(castNode(Query, static_cast<CommonTableExpr*>(lfirst(cell))->ctequery));
}

PlannedStmt* plan(Query* query, const char* text, int options, ParamListInfo parameters)
{
	return next_planner != nullptr ? next_planner(query, text, options, parameters)
	                               : standard_planner(query, text, options, parameters);
}

PlannedStmt* plan_marked(Query* query, const char* text, int options, ParamListInfo parameters)
{
	seen_planner = true;
	mark_defaults(query);
	take_out_conflicts(query);
	if (!is_conflict_of_partitions(query))
		return plan(query, text, options, parameters);
	ErrorContextCallback callback{error_context_stack, hint_at_partitions, nullptr};
	error_context_stack = &callback;
	PlannedStmt* planned = plan(query, text, options, parameters);
	error_context_stack = callback.previous;
	return planned;
}

} // namespace

void watch_planner()
{
	next_planner = planner_hook;
	planner_hook = plan_marked;
	/* Plans without marks must not last, not even the one that is being made. */
	ResetPlanCache();
}

} // namespace datalinks::fdw
