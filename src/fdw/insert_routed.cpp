/*
 * INSERT that comes without a plan of its own: COPY, and rows that are routed into a partition.
 *
 * Columns that the statement left out are left out of the remote's statement, too, so that the
 * remote's defaults apply.
 */
#include <string>

#include "fdw/written_values.hpp"
#include "postgres/guard.hpp"
#include "postgres/nodes.hpp"
#include "schema/text.hpp"

#include "fdw/insert_text.hpp"
#include "fdw/write.hpp"
#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

namespace
{

/* The columns that a partition's bounds look at: a row must not become another's by a default. */
Bitmapset* partition_columns(Relation relation)
{
	Bitmapset* columns = nullptr;
	if (relation->rd_rel->relispartition)
		pull_varattnos(reinterpret_cast<Node*>(RelationGetPartitionQual(relation)), 1, &columns);
	return columns;
}

/* The root table's attribute that is the partition's column of this name; nullptr for none. */
const FormData_pg_attribute* root_attribute(const ResultRelInfo* root, const char* column)
{
	if (root == nullptr)
		return nullptr;
	TupleDesc descriptor = RelationGetDescr(root->ri_RelationDesc);
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), column) == 0)
			return attribute;
	}
	return nullptr;
}

/* The statement's plan; nullptr for COPY. */
const ModifyTable* plan_of(const ModifyTableState* state)
{
	return state->ps.plan != nullptr ? castNode(ModifyTable, state->ps.plan) : nullptr;
}

/* Where the values of columns can come from elsewhere than the statement, all of them are sent.
 */
bool must_send_all(const ModifyTableState* state, const ResultRelInfo* relation)
{
	const TriggerDesc* triggers = relation->ri_TrigDesc;
	const ModifyTable* plan = plan_of(state);
	return relation->ri_returningList != NIL || relation->ri_WithCheckOptions != NIL ||
	       (plan != nullptr && plan->operation != CMD_INSERT) ||
	       (triggers != nullptr &&
	        (triggers->trig_insert_before_row || triggers->trig_insert_after_row));
}

/* Whether the statement has DEFAULT for this column of the root's; 0A000 where that is unclear. */
bool is_written_default(const ModifyTableState* state, const FormData_pg_attribute* column)
{
	const ModifyTable* plan = plan_of(state);
	if (plan == nullptr || column == nullptr || outerPlan(plan) == nullptr)
		return false;
	const Written written = written_in_plan(outerPlan(plan), column->attnum);
	if (written == Written::mixed || written == Written::unknown)
		pg::entry([&] { require_known(written, NameStr(column->attname)); });
	return written == Written::as_default;
}

bool is_sent(const ModifyTableState* state, ResultRelInfo* relation,
             const FormData_pg_attribute* attribute, const Bitmapset* inserted,
             const Bitmapset* bounds)
{
	const FormData_pg_attribute* root =
	    root_attribute(relation->ri_RootResultRelInfo, NameStr(attribute->attname));
	const int member = attribute->attnum - FirstLowInvalidHeapAttributeNumber;
	return bms_is_member(member, bounds) || attribute->atthasdef ||
	       (root != nullptr && (root->atthasdef || root->attidentity != '\0')) ||
	       (bms_is_member(member, inserted) && !is_written_default(state, root));
}

/* The attributes that the remote's statement names. */
List* named_attributes(const ModifyTableState* state, ResultRelInfo* relation)
{
	const bool all = must_send_all(state, relation);
	const Bitmapset* inserted = all ? nullptr : ExecGetInsertedCols(relation, state->ps.state);
	const Bitmapset* bounds = all ? nullptr : partition_columns(relation->ri_RelationDesc);
	TupleDesc descriptor = RelationGetDescr(relation->ri_RelationDesc);
	List* attributes = NIL;
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		if (!attribute->attisdropped &&
		    (all || is_sent(state, relation, attribute, inserted, bounds)))
			attributes = lappend_int(attributes, attribute->attnum);
	}
	return attributes;
}

/* The relation's place in the range table, as it stands in the variables of its RETURNING. */
Index range_index(const ModifyTableState* state, const ResultRelInfo* relation)
{
	if (relation->ri_RangeTableIndex != 0)
		return relation->ri_RangeTableIndex;
	const ModifyTable* plan = plan_of(state);
	const Index root = relation->ri_RootResultRelInfo->ri_RangeTableIndex;
	return plan != nullptr && plan->operation == CMD_UPDATE && root == plan->rootRelation
	           ? state->resultRelInfo[0].ri_RangeTableIndex
	           : root;
}

/* The attributes that have to come back: as postgres_fdw's deparseReturningList decides. */
List* returned_attributes(const ModifyTableState* state, const ResultRelInfo* relation)
{
	const Index index = range_index(state, relation);
	Bitmapset* used = nullptr;
	if (relation->ri_TrigDesc != nullptr && relation->ri_TrigDesc->trig_insert_after_row)
		used = bms_make_singleton(0 - FirstLowInvalidHeapAttributeNumber);
	pull_varattnos(reinterpret_cast<Node*>(relation->ri_WithCheckOptions), index, &used);
	pull_varattnos(reinterpret_cast<Node*>(relation->ri_returningList), index, &used);
	TupleDesc descriptor = RelationGetDescr(relation->ri_RelationDesc);
	const bool whole = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
	List* attributes = NIL;
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		if (!attribute->attisdropped &&
		    (whole || bms_is_member(attribute->attnum - FirstLowInvalidHeapAttributeNumber, used)))
			attributes = lappend_int(attributes, attribute->attnum);
	}
	if (bms_is_member(SelfItemPointerAttributeNumber - FirstLowInvalidHeapAttributeNumber, used))
		attributes = lappend_int(attributes, SelfItemPointerAttributeNumber);
	return attributes;
}

/* Rows of a MERGE are sent with all columns: those that it leaves to a default would be NULL. */
void refuse_merged_default(const ModifyTableState* state, const ResultRelInfo* relation)
{
	const ModifyTable* plan = plan_of(state);
	if (plan == nullptr || plan->operation != CMD_MERGE || plan->mergeActionLists == NIL)
		return;
	TupleDesc descriptor = RelationGetDescr(relation->ri_RelationDesc);
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		const FormData_pg_attribute* root =
		    root_attribute(relation->ri_RootResultRelInfo, NameStr(attribute->attname));
		if (attribute->attisdropped || attribute->attgenerated != '\0' || root == nullptr ||
		    !merges_default(static_cast<const List*>(linitial(plan->mergeActionLists)),
		                    root->attnum))
			continue;
		pg::entry([&] {
			throw pg::Failure(
			    pg::sqlstate::feature_not_supported,
			    schema::compose(
			        "cannot MERGE into a data link with column \"%1%\" left to a default",
			        NameStr(root->attname)))
			    .hint("Give the column a value in each INSERT of the MERGE, or a default here; or "
			          "use INSERT.");
		});
	}
}

/* Rows that come to a table which the same statement updates later would be updated, too. */
void refuse_moved(const ModifyTableState* state, const ResultRelInfo* relation)
{
	const ModifyTable* plan = plan_of(state);
	if (plan != nullptr && plan->operation == CMD_UPDATE &&
	    (relation->ri_usesFdwDirectModify || relation->ri_FdwState != nullptr))
		throw pg::Failure(
		    pg::sqlstate::feature_not_supported,
		    schema::compose("cannot route tuples into foreign table to be updated \"%1%\"",
		                    RelationGetRelationName(relation->ri_RelationDesc)));
}

void set_up(ModifyTableState* state, ResultRelInfo* relation)
{
	refuse_moved(state, relation);
	Relation table = relation->ri_RelationDesc;
	const ModifyTable* plan = plan_of(state);
	List* named = pg::call([&] { return named_attributes(state, relation); });
	WritePlan write_plan{};
	write_plan.returned = pg::call([&] { return returned_attributes(state, relation); });
	write_plan.waits = write_plan.returned != NIL || relation->ri_returningList != NIL;
	const bool nothing = plan != nullptr && plan->onConflictAction == ONCONFLICT_NOTHING;
	const InsertText text = insert_text(table, named, nothing, write_plan.returned);
	write_plan.sql = pg::call(
	    [&] { return MemoryContextStrdup(state->ps.state->es_query_cxt, text.sql.c_str()); });
	write_plan.attributes = text.sent;
	Write* write = make_write(state, relation, write_plan);
	relation->ri_FdwState = write;
	const TriggerDesc* triggers = relation->ri_TrigDesc;
	if (!write->waits && !nothing && (triggers == nullptr || !triggers->trig_insert_before_row))
		allow_copy(write, table, text.sent);
}

} // namespace

void begin_foreign_insert(ModifyTableState* state, ResultRelInfo* relation)
{
	const Watch watch = watch_of(RelationGetRelid(relation->ri_RelationDesc));
	watched(watch, [&] {
		refuse_merged_default(state, relation);
		pg::entry([&] { set_up(state, relation); });
	});
}

} // namespace datalinks::fdw
