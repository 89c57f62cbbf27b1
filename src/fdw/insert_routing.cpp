/*
 * INSERT that comes without a plan of its own: COPY, and rows that are routed into a partition.
 *
 * postgres_fdw sends every column of its relation. Columns that the statement left out are marked
 * as dropped in a copy of the relation, for the length of its call: it then leaves them out. The
 * copy lives as long as the query, because postgres_fdw keeps it.
 */
#include "fdw/handler.hpp"

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

/* Whether the root table computes a default for the partition's column of this name. */
bool root_has_default(const ResultRelInfo* root, const char* column)
{
	if (root == nullptr)
		return false;
	TupleDesc descriptor = RelationGetDescr(root->ri_RelationDesc);
	for (int i = 0; i < descriptor->natts; ++i)
	{
		const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), column) == 0)
			return attribute->atthasdef || attribute->attidentity != '\0';
	}
	return false;
}

/* Where the values of columns can come from elsewhere than the statement, all of them are sent.
 */
bool must_send_all(const ModifyTableState* state, const ResultRelInfo* relation)
{
	const TriggerDesc* triggers = relation->ri_TrigDesc;
	const Plan* plan = state->ps.plan;
	return relation->ri_returningList != NIL || relation->ri_WithCheckOptions != NIL ||
	       (plan != nullptr && castNode(ModifyTable, plan)->operation != CMD_INSERT) ||
	       (triggers != nullptr &&
	        (triggers->trig_insert_before_row || triggers->trig_insert_after_row));
}

/* Marks in the descriptor, as dropped, what the statement left out; returns how many remain. */
int drop_omitted(TupleDesc descriptor, ResultRelInfo* relation, EState* state)
{
	const Bitmapset* inserted = ExecGetInsertedCols(relation, state);
	const Bitmapset* bounds = partition_columns(relation->ri_RelationDesc);
	int left = 0;
	for (int i = 0; i < descriptor->natts; ++i)
	{
		FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
		if (attribute->attisdropped)
			continue;
		const int member = attribute->attnum - FirstLowInvalidHeapAttributeNumber;
		if (bms_is_member(member, inserted) || bms_is_member(member, bounds) ||
		    attribute->atthasdef ||
		    root_has_default(relation->ri_RootResultRelInfo, NameStr(attribute->attname)))
			++left;
		else
			attribute->attisdropped = true;
	}
	return left;
}

} // namespace

void begin_foreign_insert(ModifyTableState* state, ResultRelInfo* relation)
{
	EState* estate = state->ps.state;
	watch_first_insert(own_routine(estate, relation));
	if (must_send_all(state, relation))
	{
		begin_insert(state, relation);
		return;
	}
	MemoryContext before = MemoryContextSwitchTo(estate->es_query_cxt);
	Relation whole = relation->ri_RelationDesc;
	auto* copy = static_cast<RelationData*>(palloc(sizeof(RelationData)));
	*copy = *whole;
	copy->rd_att = CreateTupleDescCopyConstr(RelationGetDescr(whole));
	const int left = drop_omitted(copy->rd_att, relation, estate);
	MemoryContextSwitchTo(before);

	/* An error ends the query, and the executor's state with it: there is nothing to put back.
	 */
	relation->ri_RelationDesc = copy;
	begin_insert(state, relation);
	relation->ri_RelationDesc = whole;
	if (left == 0)
		insert_row_by_row(estate, relation);
}

} // namespace datalinks::fdw
