/*
 * INSERT that comes without a plan of its own: COPY, and rows that are routed into a partition.
 *
 * Columns that the statement left out are left out of the remote's statement, too, so that the
 * remote's defaults apply.
 */
#include <string>

#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/insert_text.hpp"
#include "fdw/routed_columns.hpp"
#include "fdw/write.hpp"
#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

namespace
{

/* The statement's plan; nullptr for COPY. */
const ModifyTable* plan_of(const ModifyTableState* state)
{
	return state->ps.plan != nullptr ? castNode(ModifyTable, state->ps.plan) : nullptr;
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
	const RoutedColumns columns = routed_columns(state, relation);
	WritePlan write_plan{};
	write_plan.returned = pg::call([&] { return returned_attributes(state, relation); });
	write_plan.waits = write_plan.returned != NIL || relation->ri_returningList != NIL;
	const bool nothing = plan != nullptr && plan->onConflictAction == ONCONFLICT_NOTHING;
	const InsertText text = insert_text(table, columns.named, nothing, write_plan.returned);
	write_plan.sql = pg::call(
	    [&] { return MemoryContextStrdup(state->ps.state->es_query_cxt, text.sql.c_str()); });
	write_plan.attributes = text.sent;
	Write* write = make_write(state, relation, write_plan);
	relation->ri_FdwState = write;
	if (columns.of_row)
		write->shapes = std::make_unique<Shapes>(
		    table, state->ps.state, columns.of_row,
		    [table, named = columns.named, nothing,
		     returned = write_plan.returned](const AttributeSet& left_out) {
			    const InsertText shape =
			        insert_text(table, without(named, left_out), nothing, returned);
			    return Shape{shape.sql, shape.sent};
		    });
	const TriggerDesc* triggers = relation->ri_TrigDesc;
	if (!write->waits && !nothing && !write->shapes &&
	    (triggers == nullptr || !triggers->trig_insert_before_row))
		allow_copy(write, table, text.sent);
}

} // namespace

void begin_foreign_insert(ModifyTableState* state, ResultRelInfo* relation)
{
	const Watch watch = watch_of(RelationGetRelid(relation->ri_RelationDesc));
	watched(watch, [&] { pg::entry([&] { set_up(state, relation); }); });
}

} // namespace datalinks::fdw
