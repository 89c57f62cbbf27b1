/*
 * INSERT that comes without a plan of its own: COPY, and rows that are routed into a partition.
 *
 * postgres_fdw sends every column of its relation. Columns that the statement left out are marked
 * as dropped in a copy of the relation, for the length of its call: it then leaves them out. The
 * copy lives as long as the query, because postgres_fdw keeps it.
 */
#include <string>

#include "fdw/written_values.hpp"
#include "postgres/guard.hpp"
#include "postgres/nodes.hpp"
#include "schema/text.hpp"

#include "fdw/hints.hpp"
#include "fdw/insert_routed.hpp"
#include "fdw/modify.hpp"

namespace datalinks::fdw
{

namespace
{

/* Marks the columns that a partition's bounds look at: a row must not become another's by a
 * default. */
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

/* Marks in the descriptor, as dropped, what the statement left out; returns how many remain. */
int drop_omitted(TupleDesc descriptor, ResultRelInfo* relation, const ModifyTableState* state)
{
	const Bitmapset* inserted = ExecGetInsertedCols(relation, state->ps.state);
	const Bitmapset* bounds = partition_columns(relation->ri_RelationDesc);
	int left = 0;
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		if (attribute->attisdropped)
			continue;
		const FormData_pg_attribute* root =
		    root_attribute(relation->ri_RootResultRelInfo, NameStr(attribute->attname));
		const int member = attribute->attnum - FirstLowInvalidHeapAttributeNumber;
		if (bms_is_member(member, bounds) || attribute->atthasdef ||
		    (root != nullptr && (root->atthasdef || root->attidentity != '\0')) ||
		    (bms_is_member(member, inserted) && !is_written_default(state, root)))
			++left;
		else
			pg::mark_dropped(descriptor, i);
	}
	return left;
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

} // namespace

void begin_foreign_insert(ModifyTableState* state, ResultRelInfo* relation)
{
	EState* estate = state->ps.state;
	(void)own_routine(estate, relation);
	refuse_merged_default(state, relation);
	if (must_send_all(state, relation))
	{
		begin_hinted_insert(state, relation);
		return;
	}
	MemoryContext before = MemoryContextSwitchTo(estate->es_query_cxt);
	Relation whole = relation->ri_RelationDesc;
	auto* copy = static_cast<RelationData*>(palloc(sizeof(RelationData)));
	*copy = *whole;
	copy->rd_att = CreateTupleDescCopyConstr(RelationGetDescr(whole));
	const int left = drop_omitted(copy->rd_att, relation, state);
	MemoryContextSwitchTo(before);

	/* An error ends the query, and the executor's state with it: there is nothing to put back.
	 */
	relation->ri_RelationDesc = copy;
	begin_hinted_insert(state, relation);
	relation->ri_RelationDesc = whole;
	if (left == 0)
		insert_row_by_row(relation);
}

} // namespace datalinks::fdw
