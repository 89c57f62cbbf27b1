/*
 * Row by row: see write.hpp.
 */
#include <string>

#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/parameters.hpp"
#include "fdw/refusals.hpp"
#include "fdw/row_by_row.hpp"
#include "fdw/write.hpp"
#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

namespace
{

/* The places in postgres_fdw's private list of a modification, in 15 to 18. */
enum PrivateModify
{
	private_sql,
	private_attributes,
	private_values_end,
	private_has_returning,
	private_returned
};

bool has_known_shape(const List* plan)
{
	return list_length(plan) > private_returned && IsA(list_nth(plan, private_sql), String) &&
	       IsA(list_nth(plan, private_values_end), Integer) &&
	       IsA(list_nth(plan, private_has_returning), Boolean);
}

/* The remote computes generated columns: they are no parameters. Server code. */
List* sent_attributes(Relation relation, const List* attributes)
{
	List* sent = NIL;
	const ListCell* cell;
	foreach (cell, attributes)
		if (TupleDescAttr(RelationGetDescr(relation), lfirst_int(cell) - 1)->attgenerated == '\0')
			sent = lappend_int(sent, lfirst_int(cell));
	return sent;
}

/* Whether nothing but the values follows: no ON CONFLICT, no RETURNING. */
bool is_plain_insert(const List* plan)
{
	return static_cast<size_t>(intVal(list_nth(plan, private_values_end))) ==
	       strlen(strVal(list_nth(plan, private_sql)));
}

bool has_before_trigger(const ResultRelInfo* relation)
{
	return relation->ri_TrigDesc != nullptr && relation->ri_TrigDesc->trig_insert_before_row;
}

/* The rows have parameters of the ON CONFLICT clause's. */
void expect_conflicts(Write& write, ModifyTableState* state)
{
	write.conflict = std::make_unique<ConflictParameters>(state);
	if (write.conflict->once())
		write.writer->expect_once();
}

void set_up(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private)
{
	if (!has_known_shape(fdw_private))
		throw pg::Failure(pg::sqlstate::internal_error,
		                  "postgres_fdw's plan of a modification is not as expected");
	const auto* plan = castNode(ModifyTable, state->ps.plan);
	const auto* attributes = static_cast<const List*>(list_nth(fdw_private, private_attributes));
	WritePlan write_plan{};
	write_plan.sql = strVal(list_nth(fdw_private, private_sql));
	write_plan.attributes =
	    pg::call([&] { return sent_attributes(relation->ri_RelationDesc, attributes); });
	write_plan.by_key = state->operation != CMD_INSERT;
	if (boolVal(list_nth(fdw_private, private_has_returning)))
		write_plan.returned = static_cast<List*>(list_nth(fdw_private, private_returned));
	write_plan.waits = write_plan.returned != NIL || plan->returningLists != NIL;
	Write* write = make_write(state, relation, write_plan);
	relation->ri_FdwState = write;
	if (pg::call([&] { return ConflictParameters::are_in(state); }))
		expect_conflicts(*write, state);
	write->shapes = planned_shapes(state, relation, fdw_private);
	if (write->waits && LookAhead::is_possible(state, relation))
		write->ahead = std::make_unique<LookAhead>(*write, state);
	if (state->operation == CMD_INSERT && !write->waits && is_plain_insert(fdw_private) &&
	    !has_before_trigger(relation) && !write->shapes)
		allow_copy(write, relation->ri_RelationDesc, write_plan.attributes);
}

} // namespace

void begin_foreign_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private, int,
                          int flags)
{
	if (flags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	const Watch watch = watch_of(RelationGetRelid(relation->ri_RelationDesc));
	watched(watch, [&] {
		pg::entry([&] {
			if (state->operation != CMD_INSERT)
				refuse_view(relation, state->operation);
			set_up(state, relation, fdw_private);
		});
	});
}

namespace
{

/* Where the row is on the remote. */
const char* key_of(Write& write, TupleTableSlot* plan_slot)
{
	const char* key = pg::call([&] {
		bool null;
		const Datum value = ExecGetJunkAttribute(plan_slot, write.key, &null);
		return null ? nullptr : OutputFunctionCall(&write.key_output, value);
	});
	if (key == nullptr)
		throw pg::Failure(pg::sqlstate::internal_error, "a row to be changed has no ctid");
	return key;
}

/* Which of the remote's tables the row is in. */
const char* table_of(const Write& write, TupleTableSlot* plan_slot)
{
	return pg::call([&] {
		bool null;
		const Datum value = ExecGetJunkAttribute(plan_slot, write.table_key, &null);
		return psprintf("%u", null ? InvalidOid : DatumGetCommandId(value));
	});
}

/* The row's parameters, in the memory of the row; the statement is the row's from then on. */
std::vector<const char*> parameters_of(Write& write, TupleTableSlot* slot,
                                       TupleTableSlot* plan_slot)
{
	if (write.shapes && slot != nullptr)
		write.shapes->choose(write, slot);
	const TransmissionSettings settings(write.needs_settings);
	std::vector<const char*> texts;
	texts.reserve(static_cast<size_t>(write.encoder->count) + 2);
	if (write.key != InvalidAttrNumber)
		texts.push_back(key_of(write, plan_slot));
	if (slot != nullptr)
		pg::call([&] { executor::encode(write.encoder, slot, executor::Format::text); });
	for (int i = 0; slot != nullptr && i < write.encoder->count; ++i)
		texts.push_back(write.encoder->row[i].bytes);
	if (write.conflict)
		write.conflict->append_to(texts);
	if (write.table_key != InvalidAttrNumber)
		texts.push_back(table_of(write, plan_slot));
	return texts;
}

/* What came back of a row, in the slot; nullptr where the remote has left the row alone. */
TupleTableSlot* take_returned(Write& write, const executor::Result& result, TupleTableSlot* slot)
{
	const bool returns = write.decoder != nullptr;
	const long rows = returns ? PQntuples(result.get()) : atol(PQcmdTuples(result.get()));
	if (rows == 0)
		return nullptr;
	/* The slot frees its tuple when it takes the next: not in memory that goes before. */
	if (returns)
		pg::call([&] {
			MemoryContext before = MemoryContextSwitchTo(write.state->es_query_cxt);
			HeapTuple tuple = executor::decode_tuple(write.decoder, result.get(), 0,
			                                         executor::Format::text, write.row_memory);
			ExecForceStoreHeapTuple(tuple, slot, true);
			MemoryContextSwitchTo(before);
		});
	return slot;
}

TupleTableSlot* send_row(Write& write, TupleTableSlot* slot, TupleTableSlot* values,
                         TupleTableSlot* plan_slot)
{
	const auto parameters = parameters_of(write, values, plan_slot);
	if (write.waits)
		return take_returned(write, write.writer->send_and_wait(parameters), slot);
	write.writer->send(parameters);
	return slot;
}

void append_row(Write& write, TupleTableSlot* slot, executor::Format format)
{
	const TransmissionSettings settings(format == executor::Format::text && write.needs_settings);
	pg::call([&] { executor::encode(write.encoder, slot, format); });
	executor::append_row(*write.encoder, format, write.writer->rows());
	write.writer->send_appended();
}

} // namespace

void send_row_ahead(Write& write, TupleTableSlot* slot)
{
	MemoryContextReset(write.row_memory);
	MemoryContext before = MemoryContextSwitchTo(write.row_memory);
	write.writer->send_ahead(parameters_of(write, slot, nullptr));
	MemoryContextSwitchTo(before);
}

namespace
{

TupleTableSlot* insert(Write& write, TupleTableSlot* slot)
{
	if (write.ahead)
		return take_returned(write, write.writer->take_next(), slot);
	switch (write.writer->form())
	{
	case executor::Form::text_row:
		append_row(write, slot, executor::Format::text);
		return slot;
	case executor::Form::binary_row:
		append_row(write, slot, executor::Format::binary);
		return slot;
	case executor::Form::parameters:
		break;
	}
	return send_row(write, slot, slot, nullptr);
}

/* Runs f for one row, in memory that goes with the next. */
template <typename F>
TupleTableSlot* for_row(Write& write, F f)
{
	MemoryContextReset(write.row_memory);
	return watched(write.watch, [&] {
		MemoryContext before = MemoryContextSwitchTo(write.row_memory);
		TupleTableSlot* slot = pg::entry(f);
		MemoryContextSwitchTo(before);
		return slot;
	});
}

} // namespace

TupleTableSlot* insert_row(EState*, ResultRelInfo* relation, TupleTableSlot* slot, TupleTableSlot*)
{
	Write& write = *write_of(relation);
	return for_row(write, [&] { return insert(write, slot); });
}

namespace
{

TupleTableSlot* change(Write& write, const ResultRelInfo* relation, CmdType operation,
                       TupleTableSlot* slot, TupleTableSlot* plan_slot)
{
	TupleTableSlot* values = operation == CMD_UPDATE ? slot : nullptr;
	if (!write.asked)
		begin_rows(write, relation, operation);
	else
		go_on_with_rows(write);
	if (!write.chunk)
		return send_row(write, slot, values, plan_slot);
	const auto parameters = parameters_of(write, values, plan_slot);
	/* The ctid, and behind the values the tableoid. */
	std::string key = parameters.front();
	if (write.table_key != InvalidAttrNumber)
		key += parameters.back();
	write.chunk->add(std::move(key), parameters);
	return slot;
}

} // namespace

TupleTableSlot* update_row(EState*, ResultRelInfo* relation, TupleTableSlot* slot,
                           TupleTableSlot* plan_slot)
{
	Write& write = *write_of(relation);
	return for_row(write, [&] { return change(write, relation, CMD_UPDATE, slot, plan_slot); });
}

TupleTableSlot* delete_row(EState*, ResultRelInfo* relation, TupleTableSlot* slot,
                           TupleTableSlot* plan_slot)
{
	Write& write = *write_of(relation);
	return for_row(write, [&] { return change(write, relation, CMD_DELETE, slot, plan_slot); });
}

void end_foreign_modify(EState*, ResultRelInfo* relation)
{
	Write* write = write_of(relation);
	if (write != nullptr)
		watched(write->watch, [&] { pg::entry([&] { settle(*write); }); });
}

} // namespace datalinks::fdw
