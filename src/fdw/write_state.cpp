/*
 * The states of result relations: see write_state.hpp.
 */
#include <algorithm>
#include <vector>

#include "fdw/probe.hpp"
#include "postgres/executor_hooks.hpp"
#include "postgres/guard.hpp"
#include "postgres/memory.hpp"
#include "postgres/nodes.hpp"

#include "fdw/outer_rows.hpp"
#include "fdw/parameters.hpp"
#include "fdw/row_by_row.hpp"
#include "fdw/row_key.hpp"
#include "fdw/write.hpp"
#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

namespace
{

/* All that there are: those of a statement are settled when it has run. */
std::vector<Write*>& writes()
{
	static std::vector<Write*>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::vector<Write*>;
	return *kept;
}

/* Rows that COPY has sent and the remote has not stored. */
long idle_copied = 0;

} // namespace

Write::Write()
{
	writes().push_back(this);
}

Write::~Write()
{
	std::erase(writes(), this);
}

Write* make_write(const ModifyTableState* state, const ResultRelInfo* relation,
                  const WritePlan& plan)
{
	EState* estate = state->ps.state;
	Relation table = relation->ri_RelationDesc;
	const Oid user = pg::call([&] { return pg::writing_user(relation, estate); });
	const Oid server = pg::call([&] { return GetForeignServerIdByRelId(RelationGetRelid(table)); });
	const executor::Route route = executor::route_to(server, user);
	show_rows(estate, route);
	auto* write = pg::make_in<Write>(estate->es_query_cxt);
	write->writer.emplace(route, plan.sql);
	write->state = estate;
	write->counts = state->ps.plan != nullptr && state->canSetTag;
	write->copies = state->ps.plan == nullptr;
	write->waits = plan.waits;
	pg::call([&] {
		MemoryContext before = MemoryContextSwitchTo(estate->es_query_cxt);
		write->watch = watch_of(RelationGetRelid(table));
		write->row_memory =
		    AllocSetContextCreate(estate->es_query_cxt, "data link row", ALLOCSET_DEFAULT_SIZES);
		write->encoder = executor::make_encoder(RelationGetDescr(table), plan.attributes);
		const ListCell* cell;
		foreach (cell, plan.attributes)
			write->needs_settings =
			    write->needs_settings ||
			    depends_on_settings(
			        TupleDescAttr(RelationGetDescr(table), lfirst_int(cell) - 1)->atttypid);
		if (plan.returned != NIL)
			write->decoder = executor::make_decoder(RelationGetDescr(table), plan.returned, false);
		if (plan.by_key)
		{
			write->key =
			    ExecFindJunkAttributeInTlist(outerPlanState(state)->plan->targetlist, "ctid");
			write->key_output = output_of(TIDOID);
			if (is_tree(RelationGetRelid(table)))
				write->table_key = ExecFindJunkAttributeInTlist(
				    outerPlanState(state)->plan->targetlist, table_attribute);
		}
		MemoryContextSwitchTo(before);
	});
	if (plan.by_key && !AttributeNumberIsValid(write->key))
		throw pg::Failure(pg::sqlstate::internal_error, "the rows to be changed have no ctid");
	return write;
}

void allow_copy(Write* write, Relation relation, const List* attributes)
{
	if (attributes != NIL)
		write->writer->allow_copy(copy_plan(relation, attributes));
}

void show_rows(const EState* state, const executor::Route& route)
{
	for (size_t i = 0; i < writes().size(); ++i)
	{
		Write& write = *writes()[i];
		if (write.state != state && write.writer && write.writer->goes_to(route))
			write.writer->show();
	}
}

void settle(Write& write)
{
	if (write.chunk)
		write.chunk->flush();
	write.writer->settle();
	check_ordinary(write);
	const long idle = write.writer->take_idle();
	if (write.counts)
		write.state->es_processed -= static_cast<uint64>(idle);
	if (write.copies)
		idle_copied += idle;
}

namespace
{

/* Rows of one relation may be waiting for those of another to be sent. */
void settle_all(EState* state)
{
	for (size_t i = 0; i < writes().size(); ++i)
	{
		Write* write = writes()[i];
		if (write->state == state)
			watched(write->watch, [&] { pg::entry([&] { settle(*write); }); });
	}
}

} // namespace

void watch_executor()
{
	pg::watch_executor(read_outer_rows_ahead, settle_all);
	pg::watch_copy(&idle_copied);
}

} // namespace datalinks::fdw
