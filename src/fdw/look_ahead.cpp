/*
 * INSERT ... RETURNING, sent ahead: see look_ahead.hpp.
 */
#include <algorithm>
#include <vector>

#include "postgres/guard.hpp"

#include "fdw/look_ahead.hpp"
#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

namespace
{

constexpr size_t most_rows = 1000;
constexpr size_t most_bytes = 1 << 20;

/* All that there are, to be found by their source. */
std::vector<std::pair<const PlanState*, LookAhead*>>& all()
{
	static std::vector<std::pair<const PlanState*, LookAhead*>>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::vector<std::pair<const PlanState*, LookAhead*>>;
	return *kept;
}

} // namespace

bool LookAhead::is_possible(const ModifyTableState* state, const ResultRelInfo* relation)
{
	const TriggerDesc* triggers = relation->ri_TrigDesc;
	return state->operation == CMD_INSERT && state->mt_nrels == 1 &&
	       outerPlanState(state) != nullptr &&
	       (triggers == nullptr || !triggers->trig_insert_before_row);
}

LookAhead::LookAhead(Write& write, ModifyTableState* state)
    : write_(write), source_(outerPlanState(state)), read_(source_->ExecProcNodeReal)
{
	pg::call([&] {
		memory_ = AllocSetContextCreate(state->ps.state->es_query_cxt, "data link rows ahead",
		                                ALLOCSET_DEFAULT_SIZES);
	});
	all().emplace_back(source_, this);
	source_->ExecProcNodeReal = next_of;
}

/* The source may be gone already, with the rest of the query. */
LookAhead::~LookAhead()
{
	std::erase_if(all(), [&](const auto& one) { return one.second == this; });
}

TupleTableSlot* LookAhead::next_of(PlanState* source)
{
	const auto found = std::find_if(all().begin(), all().end(),
	                                [&](const auto& one) { return one.first == source; });
	return watched(found->second->write_.watch,
	               [&] { return pg::entry([&] { return found->second->next(); }); });
}

TupleTableSlot* LookAhead::next()
{
	if (rows_.empty())
		read_ahead();
	if (rows_.empty())
		return nullptr;
	MinimalTuple row = rows_.front();
	rows_.pop_front();
	return pg::call([&] {
		ExecForceStoreMinimalTuple(row, slot_, false);
		return slot_;
	});
}

void LookAhead::read_ahead()
{
	MemoryContextReset(memory_);
	bytes_ = 0;
	while (!at_end_ && rows_.size() < most_rows && bytes_ < most_bytes)
		at_end_ = !read_one();
}

bool LookAhead::read_one()
{
	TupleTableSlot* row = pg::call([&] { return read_(source_); });
	if (TupIsNull(row))
		return false;
	MinimalTuple copy = pg::call([&] {
		if (slot_ == nullptr)
			slot_ = ExecInitExtraTupleSlot(source_->state, row->tts_tupleDescriptor, row->tts_ops);
		MemoryContext before = MemoryContextSwitchTo(memory_);
		MinimalTuple made = ExecCopySlotMinimalTuple(row);
		MemoryContextSwitchTo(before);
		return made;
	});
	rows_.push_back(copy);
	bytes_ += copy->t_len;
	/* Its columns are the table's, in their order; what else there is comes after them. */
	send_row_ahead(write_, row);
	return true;
}

} // namespace datalinks::fdw
