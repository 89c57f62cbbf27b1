/*
 * DEFAULT in the statements that reach the planner: see default_marks.hpp.
 */
#include <string>

#include "fdw/default_marks.hpp"

#include "fdw/statement_text.hpp"
#include "postgres/guard.hpp"
#include "postgres/nodes.hpp"
#include "schema/text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

namespace
{

/* Locations that no text has; the server takes every negative one for an unknown place. */
constexpr int default_mark = -2;
constexpr int unknown_mark = -3;

planner_hook_type next_planner = nullptr;

/* The library may be loaded by the planner itself: that one statement has not been marked. */
bool has_seen_planner = false;

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

const Const* null_of(const Node* node)
{
	return null_of(const_cast<Node*>(node));
}

/* A tree that was stored has no locations. */
bool is_stored(const Query* query)
{
	return query->stmt_location < 0;
}

/* The VALUES of an INSERT that has them itself: not of a SELECT, nor those that a rule was fired
   by, which stand before the rule's own relations. */
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

void mark(Node* value, int location)
{
	Const* constant = null_of(value);
	if (constant != nullptr && constant->location < 0)
		constant->location = location;
}

void mark_rows(const Query* query)
{
	const RangeTblEntry* values = values_of(query);
	const bool known = query->querySource == QSRC_ORIGINAL && !is_stored(query);
	const ListCell* row;
	const ListCell* value;
	if (values != nullptr)
		foreach (row, values->values_lists)
			foreach (value, static_cast<const List*>(lfirst(row)))
				mark(static_cast<Node*>(lfirst(value)), known ? default_mark : unknown_mark);
}

/* NULL as the planner makes it for a column that is left out, marked. */
TargetEntry* marked_entry(const FormData_pg_attribute* attribute)
{
	Const* constant = makeConst(attribute->atttypid, -1, attribute->attcollation, attribute->attlen,
	                            Datum{0}, true, attribute->attbyval);
	constant->location = default_mark;
	Node* value =
	    coerce_to_domain(reinterpret_cast<Node*>(constant), InvalidOid, -1, attribute->atttypid,
	                     COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1, false);
	return makeTargetEntry(reinterpret_cast<Expr*>(value), attribute->attnum,
	                       pstrdup(NameStr(attribute->attname)), false);
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
	Relation relation = table_open(target->relid, NoLock);
	List* entries = NIL;
	const ListCell* next = list_head(query->targetList);
	for (int i = 0; i < RelationGetNumberOfAttributes(relation); ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(RelationGetDescr(relation), i);
		auto* entry = next != nullptr ? static_cast<TargetEntry*>(lfirst(next)) : nullptr;
		if (entry != nullptr && !entry->resjunk && entry->resno == attribute->attnum)
		{
			entries = lappend(entries, entry);
			next = lnext(query->targetList, next);
		}
		else if (!attribute->attisdropped && attribute->attgenerated == '\0' &&
		         bms_is_member(attribute->attnum - FirstLowInvalidHeapAttributeNumber, named))
			entries = lappend(entries, marked_entry(attribute));
	}
	for (; next != nullptr; next = lnext(query->targetList, next))
		entries = lappend(entries, lfirst(next));
	table_close(relation, NoLock);
	query->targetList = entries;
}

void mark_update(const Query* query)
{
	const ListCell* cell;
	if (query->querySource == QSRC_ORIGINAL && !is_stored(query))
		foreach (cell, query->targetList)
			mark(reinterpret_cast<Node*>(static_cast<TargetEntry*>(lfirst(cell))->expr),
			     default_mark);
}

void mark_defaults(Query* query)
{
	if (query->commandType == CMD_INSERT)
	{
		mark_rows(query);
		put_back_defaults(query);
	}
	else if (query->commandType == CMD_UPDATE)
		mark_update(query);
	const ListCell* cell;
	foreach (cell, query->cteList)
		mark_defaults(castNode(Query, static_cast<CommonTableExpr*>(lfirst(cell))->ctequery));
}

PlannedStmt* plan_marked(Query* query, const char* text, int options, ParamListInfo parameters)
{
	has_seen_planner = true;
	mark_defaults(query);
	return next_planner != nullptr ? next_planner(query, text, options, parameters)
	                               : standard_planner(query, text, options, parameters);
}

/* Of a value that the hook has not seen: it may be DEFAULT. */
bool may_be_default(const Node* value)
{
	const Const* constant = null_of(value);
	return constant != nullptr && constant->location < 0 && text_may_have_default();
}

Written both(Written one, Written other)
{
	if (one == other)
		return one;
	if (one == Written::unknown || other == Written::unknown)
		return Written::unknown;
	return Written::mixed;
}

Written by_mark(const Node* value)
{
	const Const* constant = null_of(value);
	if (constant == nullptr)
		return Written::value;
	if (constant->location == default_mark)
		return Written::as_default;
	return constant->location == unknown_mark ? Written::unknown : Written::value;
}

/* In a plan; the session's first was made without marks. */
Written in_plan(const Node* value)
{
	if (!has_seen_planner && may_be_default(value))
		return Written::unknown;
	return by_mark(value);
}

/* Whether these rows, as parsed, have a DEFAULT there. */
bool has_default(const List* rows, int row, int column)
{
	const auto* values = static_cast<const List*>(list_nth(rows, row));
	return column < list_length(values) &&
	       IsA(static_cast<const Node*>(list_nth(values, column)), SetToDefault);
}

} // namespace

void watch_planner()
{
	next_planner = planner_hook;
	planner_hook = plan_marked;
	/* Plans without marks must not last, not even the one that is being made. */
	ResetPlanCache();
}

WrittenValues::WrittenValues(const Query* query)
{
	if (has_seen_planner || (query->commandType == CMD_INSERT && values_of(query) == nullptr))
		return;
	stored_ = query->querySource != QSRC_ORIGINAL || is_stored(query);
	texts_ = rows_of_text();
	hidden_ = texts_ == NIL && text_may_have_default();
}

Written WrittenValues::of(int row, int column, int rows, const Node* value) const
{
	if (has_seen_planner)
		return by_mark(value);
	const Const* constant = null_of(value);
	if (constant == nullptr || constant->location >= 0)
		return Written::value;
	if (stored_ || hidden_)
		return Written::unknown;
	/* Of several that it could be, all must say so: a NULL never turns into a default. */
	Written found = Written::value;
	const ListCell* cell;
	foreach (cell, texts_)
	{
		const auto* text = static_cast<const List*>(lfirst(cell));
		if (list_length(text) != rows)
			continue;
		if (!has_default(text, row, column))
			return Written::value;
		found = Written::as_default;
	}
	return found;
}

Written WrittenValues::in_column(const List* rows, int column) const
{
	Written written = Written::value;
	const ListCell* cell;
	foreach (cell, rows)
	{
		const int row = foreach_current_index(cell);
		const auto* values = static_cast<const List*>(lfirst(cell));
		if (column < 0 || column >= list_length(values))
			return Written::value;
		const Written here =
		    of(row, column, list_length(rows), static_cast<const Node*>(list_nth(values, column)));
		written = row == 0 ? here : both(written, here);
	}
	return written;
}

Written WrittenValues::in_update(const Node* value) const
{
	if (has_seen_planner)
		return by_mark(value);
	return may_be_default(value) ? Written::unknown : Written::value;
}

Written written_in_plan(const Plan* source, int number)
{
	const ListCell* cell;
	foreach (cell, source->targetlist)
	{
		const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
		const auto* value = reinterpret_cast<const Node*>(entry->expr);
		if (entry->resjunk || entry->resno != number)
			continue;
		if (!IsA(value, Var) || !IsA(source, ValuesScan))
			return in_plan(value);
		const List* rows = reinterpret_cast<const ValuesScan*>(source)->values_lists;
		const int column = reinterpret_cast<const Var*>(value)->varattno - 1;
		Written written = Written::value;
		const ListCell* row;
		foreach (row, rows)
		{
			const auto* values = static_cast<const List*>(lfirst(row));
			const Written here = in_plan(static_cast<const Node*>(list_nth(values, column)));
			written = foreach_current_index(row) == 0 ? here : both(written, here);
		}
		return written;
	}
	return Written::value;
}

bool merges_default(const List* actions, int number)
{
	const ListCell* cell;
	const ListCell* target;
	foreach (cell, actions)
	{
		const auto* action = static_cast<const MergeAction*>(lfirst(cell));
		if (action->commandType != CMD_INSERT)
			continue;
		foreach (target, action->targetList)
		{
			const auto* entry = static_cast<const TargetEntry*>(lfirst(target));
			const Const* constant = null_of(reinterpret_cast<const Node*>(entry->expr));
			if (entry->resno == number && constant != nullptr && constant->location < 0)
				return true;
		}
	}
	return false;
}

void require_known(Written written, const std::string& column)
{
	if (written == Written::mixed)
		throw pg::Failure(
		    pg::sqlstate::feature_not_supported,
		    schema::compose("cannot insert both DEFAULT and values into column %1% at once",
		                    column))
		    .detail("One statement of the remote's has the same columns for all of its rows.")
		    .hint("Insert the rows with DEFAULT in a statement of their own.");
	if (written == Written::unknown)
		throw pg::Failure(pg::sqlstate::feature_not_supported,
		                  schema::compose("cannot tell DEFAULT from NULL in column %1%", column))
		    .detail(
		        "Rows in a stored statement (BEGIN ATOMIC, a rule) have lost the difference, and "
		        "so has the first statement of a session that touches a link.")
		    .hint("Leave the column out for its default; for NULL, insert each row in a statement "
		          "of its own. In a function, running it again may do.");
}

} // namespace datalinks::fdw
