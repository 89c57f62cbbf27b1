/*
 * Rows of a MERGE: see merged_rows.hpp.
 */
#include <algorithm>
#include <map>
#include <string>

#include "fdw/written_values.hpp"
#include "postgres/guard.hpp"
#include "postgres/nodes.hpp"
#include "schema/text.hpp"

#include "fdw/bounds.hpp"
#include "fdw/merged_rows.hpp"

namespace datalinks::fdw
{

namespace
{

/* What an action leaves out, and whether its rows can come to the partition. */
struct Action
{
	AttributeSet left_out;
	bool comes = false;
};

/* The value that an action gives to a column, whose number is in the list of those; else nullptr.
 */
const Node* value_of(const MergeAction* action, const char* column, const ResultRelInfo* table)
{
	const ListCell* cell;
	foreach (cell, action->targetList)
	{
		const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
		const int number = action->commandType == CMD_UPDATE
		                       ? list_nth_int(action->updateColnos, foreach_current_index(cell))
		                       : entry->resno;
		if (!entry->resjunk &&
		    strcmp(column,
		           NameStr(TupleDescAttr(RelationGetDescr(table->ri_RelationDesc), number - 1)
		                       ->attname)) == 0)
			return reinterpret_cast<const Node*>(entry->expr);
	}
	return nullptr;
}

/* An INSERT's columns are numbered as the root's, an UPDATE's as those of the table it changes. */
Action read_action(const MergeAction* action, const ResultRelInfo* changed,
                   const ResultRelInfo* partition, const AttributeSet& attributes)
{
	Action read;
	const bool inserts = action->commandType == CMD_INSERT;
	if (!inserts && action->commandType != CMD_UPDATE)
		return read;
	const ResultRelInfo* table = inserts ? partition->ri_RootResultRelInfo : changed;
	const Bitmapset* bounds =
	    pg::call([&] { return columns_in_bounds(partition->ri_RelationDesc); });
	TupleDesc descriptor = RelationGetDescr(partition->ri_RelationDesc);
	read.comes = inserts;
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		const Node* value = attribute->attisdropped
		                        ? nullptr
		                        : value_of(action, NameStr(attribute->attname), table);
		if (value == nullptr)
			continue;
		/* Rows stay where they are while the columns of the bounds do. */
		if (bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, bounds))
			read.comes = true;
		const Written written = pg::call([&] { return written_in_plan(value); });
		if (std::binary_search(attributes.begin(), attributes.end(), i + 1) &&
		    require_known(written, NameStr(attribute->attname)) == Written::as_default)
			read.left_out.push_back(i + 1);
	}
	return read;
}

/* A NULL in these came from some actions as a value, and from others as DEFAULT. */
AttributeSet unsure_of(const std::vector<Action>& actions, const AttributeSet& attributes)
{
	AttributeSet unsure;
	for (const int number : attributes)
	{
		bool left = false;
		bool given = false;
		for (const Action& action : actions)
		{
			const bool here =
			    std::binary_search(action.left_out.begin(), action.left_out.end(), number);
			left = left || (action.comes && here);
			given = given || (action.comes && !here);
		}
		if (left && given)
			unsure.push_back(number);
	}
	return unsure;
}

[[noreturn]] void fail_unsure(const std::string& column)
{
	throw pg::Failure(pg::sqlstate::feature_not_supported,
	                  schema::compose("cannot tell DEFAULT from NULL in column \"%1%\"", column))
	    .detail(
	        "Some actions of the MERGE leave the column to its default and others do not; "
	        "before PostgreSQL 17 it cannot be told which of them a row is from, where an UPDATE "
	        "may move it or a condition is volatile.")
	    .hint(
	        "Let all actions of the MERGE leave the column out, or give it a value in each; or use "
	        "several statements.");
}

/* Finds out which action a row is from, or what can be told without. */
class MergedRows
{
public:
	MergedRows(const ModifyTableState* state, const AttributeSet& attributes)
	    : state_(state), attributes_(attributes)
	{
	}

	void add(const MergeAction* action, const Action& read)
	{
		by_action_[action] = read.left_out;
		actions_.push_back(read);
		moves_ = moves_ || (read.comes && action->commandType == CMD_UPDATE);
		any_ = any_ || !read.left_out.empty();
		unsure_ = unsure_of(actions_, attributes_);
	}

	bool leave_out_any() const
	{
		return any_;
	}

	AttributeSet of(const TupleTableSlot* row) const
	{
		const MergeAction* running =
		    pg::call([&] { return pg::running_merge_action(state_, !moves_); });
		if (running != nullptr)
			return by_action_.at(running);
		for (const int number : unsure_)
			if (row->tts_isnull[number - 1])
				fail_unsure(NameStr(TupleDescAttr(row->tts_tupleDescriptor, number - 1)->attname));
		return in_all();
	}

private:
	/* What all actions leave out, whose rows can come. */
	AttributeSet in_all() const
	{
		for (const Action& action : actions_)
		{
			AttributeSet sure = action.left_out;
			std::erase_if(sure, [&](int number) {
				return std::binary_search(unsure_.begin(), unsure_.end(), number);
			});
			if (action.comes)
				return sure;
		}
		return {};
	}

	const ModifyTableState* state_;
	AttributeSet attributes_;
	std::vector<Action> actions_;
	std::map<const MergeAction*, AttributeSet> by_action_;
	bool moves_ = false; /* an UPDATE may move rows here */
	bool any_ = false;
	AttributeSet unsure_;
};

} // namespace

Shapes::OfRow merged_rows(const ModifyTableState* state, const ResultRelInfo* partition,
                          const AttributeSet& attributes)
{
	MergedRows rows(state, attributes);
	const ListCell* list;
	const ListCell* cell;
	foreach (list, castNode(ModifyTable, state->ps.plan)->mergeActionLists)
		foreach (cell, static_cast<const List*>(lfirst(list)))
		{
			const auto* action = static_cast<const MergeAction*>(lfirst(cell));
			const ResultRelInfo* changed = &state->resultRelInfo[foreach_current_index(list)];
			rows.add(action, read_action(action, changed, partition, attributes));
		}
	if (!rows.leave_out_any())
		return nullptr;
	return [rows = std::move(rows)](const TupleTableSlot* row) { return rows.of(row); };
}

} // namespace datalinks::fdw
