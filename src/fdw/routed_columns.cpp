/*
 * Columns of rows that are routed: see routed_columns.hpp.
 */
#include <algorithm>
#include <vector>

#include "fdw/written_values.hpp"
#include "postgres/guard.hpp"

#include "fdw/bounds.hpp"
#include "fdw/merged_rows.hpp"
#include "fdw/routed_columns.hpp"

namespace datalinks::fdw
{

namespace
{

/* The table's attribute of this name; nullptr for none. */
const FormData_pg_attribute* attribute_named(const ResultRelInfo* table, const char* name)
{
	TupleDesc descriptor = RelationGetDescr(table->ri_RelationDesc);
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0)
			return attribute;
	}
	return nullptr;
}

/* The statement's plan; nullptr for COPY. */
const ModifyTable* plan_of(const ModifyTableState* state)
{
	return state->ps.plan != nullptr ? castNode(ModifyTable, state->ps.plan) : nullptr;
}

CmdType operation_of(const ModifyTableState* state)
{
	const ModifyTable* plan = plan_of(state);
	return plan != nullptr ? plan->operation : CMD_INSERT;
}

/*
 * The attributes that can be left out: with no default here, nor in the parent, and not in the
 * bounds.
 */
AttributeSet leavable(const ResultRelInfo* relation)
{
	const ResultRelInfo* root = relation->ri_RootResultRelInfo;
	const Bitmapset* bounds =
	    pg::call([&] { return columns_in_bounds(relation->ri_RelationDesc); });
	TupleDesc descriptor = RelationGetDescr(relation->ri_RelationDesc);
	AttributeSet found;
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		const auto* parent =
		    root != nullptr ? attribute_named(root, NameStr(attribute->attname)) : nullptr;
		if (!attribute->attisdropped && !attribute->atthasdef &&
		    !bms_is_member(attribute->attnum - FirstLowInvalidHeapAttributeNumber, bounds) &&
		    (parent == nullptr || (!parent->atthasdef && parent->attidentity == '\0')))
			found.push_back(attribute->attnum);
	}
	return found;
}

const char* name_of(const ResultRelInfo* relation, int number)
{
	return NameStr(TupleDescAttr(RelationGetDescr(relation->ri_RelationDesc), number - 1)->attname);
}

/* What is at a place of a plan's target list, from below where it was only handed up. */
const Node* value_at(const Plan* source, int place)
{
	for (;;)
	{
		const auto* entry = static_cast<const TargetEntry*>(list_nth(source->targetlist, place));
		const auto* value = reinterpret_cast<const Var*>(entry->expr);
		const Plan* below = outerPlan(source);
		if (IsA(source, Append))
			below = static_cast<const Plan*>(
			    linitial(reinterpret_cast<const Append*>(source)->appendplans));
		if (!IsA(value, Var) || value->varno != OUTER_VAR || below == nullptr)
			return reinterpret_cast<const Node*>(value);
		source = below;
		place = value->varattno - 1;
	}
}

Written written(const Node* value, const char* column)
{
	return require_known(pg::call([&] { return written_in_plan(value); }), column);
}

/* Adds an attribute to what rows leave out: an INSERT's, from its source's column of this number.
 */
void add_inserted(std::vector<AttributeSet>& rows, const Plan* source, int number, int attribute,
                  const char* column)
{
	const ListCell* cell;
	foreach (cell, source->targetlist)
	{
		const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
		if (entry->resjunk || entry->resno != number)
			continue;
		const bool of_values = IsA(source, ValuesScan) && IsA(entry->expr, Var);
		for (size_t row = 0; row < rows.size(); ++row)
		{
			const auto* value = reinterpret_cast<const Node*>(entry->expr);
			if (of_values)
				value = static_cast<const Node*>(
				    list_nth(static_cast<const List*>(
				                 list_nth(reinterpret_cast<const ValuesScan*>(source)->values_lists,
				                          static_cast<int>(row))),
				             reinterpret_cast<const Var*>(entry->expr)->varattno - 1));
			if (written(value, column) == Written::as_default)
				rows[row].push_back(attribute);
			else if (!of_values)
				return;
		}
	}
}

/* Of an INSERT, or COPY. */
LeftOut inserted_rows(const ModifyTableState* state, ResultRelInfo* relation)
{
	const ModifyTable* plan = plan_of(state);
	const Plan* source = plan != nullptr ? outerPlan(plan) : nullptr;
	const ResultRelInfo* root = relation->ri_RootResultRelInfo;
	const Bitmapset* inserted =
	    pg::call([&] { return ExecGetInsertedCols(relation, state->ps.state); });
	std::vector<AttributeSet> rows(1);
	if (source != nullptr && IsA(source, ValuesScan))
		rows.resize(static_cast<size_t>(
		    list_length(reinterpret_cast<const ValuesScan*>(source)->values_lists)));
	for (const int number : leavable(relation))
	{
		const char* name = name_of(relation, number);
		if (!bms_is_member(number - FirstLowInvalidHeapAttributeNumber, inserted))
			for (AttributeSet& row : rows)
				row.push_back(number);
		else if (source != nullptr && root != nullptr)
			add_inserted(rows, source, attribute_named(root, name)->attnum, number, name);
	}
	LeftOut left_out;
	for (const AttributeSet& row : rows)
		left_out.add_row(row);
	if (left_out.sets.size() == 1)
		left_out.rows.clear();
	return left_out;
}

/* Of an UPDATE whose rows come from another partition. */
LeftOut moved_rows(const ModifyTableState* state, const ResultRelInfo* relation)
{
	const ModifyTable* plan = plan_of(state);
	const auto* numbers = static_cast<const List*>(linitial(plan->updateColnosLists));
	AttributeSet set;
	for (const int number : leavable(relation))
	{
		const char* name = name_of(relation, number);
		const auto* first = attribute_named(&state->resultRelInfo[0], name);
		const ListCell* cell;
		foreach (cell, numbers)
			if (first != nullptr && lfirst_int(cell) == first->attnum &&
			    written(value_at(outerPlan(plan), foreach_current_index(cell)), name) ==
			        Written::as_default)
				set.push_back(number);
	}
	return LeftOut{{set}, {}};
}

List* attributes_of(const ResultRelInfo* relation)
{
	TupleDesc descriptor = RelationGetDescr(relation->ri_RelationDesc);
	List* attributes = NIL;
	for (int i = 0; i < descriptor->natts; ++i)
		if (!TupleDescAttr(descriptor, i)->attisdropped)
			attributes = lappend_int(attributes, i + 1);
	return attributes;
}

} // namespace

RoutedColumns routed_columns(const ModifyTableState* state, ResultRelInfo* relation)
{
	List* attributes = pg::call([&] { return attributes_of(relation); });
	const CmdType operation = operation_of(state);
	if (operation == CMD_MERGE)
		return {attributes, merged_rows(state, relation, leavable(relation))};
	LeftOut left_out =
	    operation == CMD_UPDATE ? moved_rows(state, relation) : inserted_rows(state, relation);
	const bool alike = left_out.rows.empty();
	if (alike && left_out.sets.at(0).empty())
		return {attributes, nullptr};
	const TriggerDesc* triggers = relation->ri_TrigDesc;
	const bool may_be_set =
	    operation == CMD_UPDATE || (triggers != nullptr && triggers->trig_insert_before_row);
	if (alike && !may_be_set)
		return {without(attributes, left_out.sets.at(0)), nullptr};
	return {attributes, rows_of_source(std::move(left_out), state)};
}

} // namespace datalinks::fdw
