/*
 * The outer sides of nested loops: see outer_rows.hpp.
 */
#include <algorithm>
#include <deque>
#include <vector>

#include "postgres/guard.hpp"
#include "postgres/memory.hpp"
#include "postgres/nodes.hpp"

#include "fdw/keyed_scans.hpp"
#include "fdw/outer_rows.hpp"
#include "fdw/plan_path.hpp"

namespace datalinks::fdw
{

namespace
{

constexpr size_t most_memory = 16 << 20; /* bytes of rows and keys */
constexpr size_t most_rows = 50000; /* to be read ahead; where all are wanted, from the beginning */
/* Where somebody may stop: after the first row, how many; and how many times as many after those.
 */
constexpr size_t first_of_some = 8;
constexpr size_t growth = 8;

class OuterRows
{
public:
	OuterRows() = default;
	~OuterRows();
	OuterRows(const OuterRows&) = delete;
	OuterRows& operator=(const OuterRows&) = delete;

	void start(NestLoopState* join, std::vector<KeyedScan> scans, bool all_wanted);

private:
	static TupleTableSlot* next_of(PlanState* outer);
	static void drop_of(Datum self);
	TupleTableSlot* next();
	TupleTableSlot* next_alone();
	void read_ahead();
	bool read_one();
	void set_parameters(TupleTableSlot* row);
	void drop() noexcept;

	NestLoopState* join_ = nullptr;
	PlanState* outer_ = nullptr;
	ExecProcNodeMtd read_ = nullptr; /* the outer side's own */
	std::vector<KeyedScan> scans_;
	size_t size_ = 0; /* rows to be read ahead next; 0: the next one goes by itself */
	size_t most_ = 0;
	bool all_wanted_ = false;
	bool watches_ = false;           /* for the loop's beginning anew */
	MemoryContext memory_ = nullptr; /* of the rows */
	TupleTableSlot* slot_ = nullptr; /* of the outer side's kind */
	std::deque<MinimalTuple> rows_;
	size_t bytes_ = 0;
	bool at_end_ = false;
};

/* All that there are, to be found by their outer sides. */
std::vector<std::pair<const PlanState*, OuterRows*>>& all()
{
	static std::vector<std::pair<const PlanState*, OuterRows*>>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::vector<std::pair<const PlanState*, OuterRows*>>;
	return *kept;
}

} // namespace

/* What the loop's rows are: see outer_rows.hpp. */
OuterRows::~OuterRows()
{
	std::erase_if(all(), [&](const auto& one) { return one.second == this; });
}

void OuterRows::start(NestLoopState* join, std::vector<KeyedScan> scans, bool all_wanted)
{
	join_ = join;
	outer_ = outerPlanState(join);
	scans_ = std::move(scans);
	all_wanted_ = all_wanted;
	size_ = all_wanted_ ? most_rows : 0;
	most_ = most_rows;
	for (const KeyedScan& scan : scans_)
		if (!all_wanted_ || join_->js.single_match)
			most_ = std::min(most_, scan.most_keys());
	pg::call([&] {
		memory_ = AllocSetContextCreate(outer_->state->es_query_cxt, "data link outer rows",
		                                ALLOCSET_DEFAULT_SIZES);
	});
	all().emplace_back(outer_, this);
	read_ = outer_->ExecProcNodeReal;
	outer_->ExecProcNodeReal = next_of;
}

TupleTableSlot* OuterRows::next_of(PlanState* outer)
{
	const auto found = std::find_if(all().begin(), all().end(),
	                                [&](const auto& one) { return one.first == outer; });
	return pg::entry([&] { return found->second->next(); });
}

/* The server calls it when the loop begins anew, and at its end. */
void OuterRows::drop_of(Datum self)
{
	static_cast<OuterRows*>(reinterpret_cast<void*>(self))->drop();
}

void OuterRows::drop() noexcept
{
	watches_ = false;
	rows_.clear();
	at_end_ = false;
	size_ = all_wanted_ ? most_rows : 0;
	for (KeyedScan& scan : scans_)
		scan.forget();
}

TupleTableSlot* OuterRows::next()
{
	if (!watches_)
		pg::call([&] {
			RegisterExprContextCallback(join_->js.ps.ps_ExprContext, drop_of,
			                            PointerGetDatum(this));
		});
	watches_ = true;
	if (size_ == 0)
		return next_alone();
	if (rows_.empty() && !at_end_)
		read_ahead();
	if (rows_.empty())
		return nullptr;
	MinimalTuple row = rows_.front();
	rows_.pop_front();
	for (KeyedScan& scan : scans_)
		scan.turn();
	return pg::call([&] {
		ExecForceStoreMinimalTuple(row, slot_, false);
		return slot_;
	});
}

/* The first one, of which nobody knows whether it will be the last. */
TupleTableSlot* OuterRows::next_alone()
{
	size_ = first_of_some;
	for (KeyedScan& scan : scans_)
		scan.turn_away();
	return pg::call([&] { return read_(outer_); });
}

void OuterRows::read_ahead()
{
	MemoryContextReset(memory_);
	bytes_ = 0;
	for (KeyedScan& scan : scans_)
		scan.clear();
	const size_t most_bytes = std::min(static_cast<size_t>(work_mem) << 10, most_memory);
	const size_t wanted = std::min(size_, most_);
	while (!at_end_ && rows_.size() < wanted && bytes_ < most_bytes)
		at_end_ = !read_one();
	size_ = wanted * growth;
	for (KeyedScan& scan : scans_)
		scan.send();
}

bool OuterRows::read_one()
{
	TupleTableSlot* row = pg::call([&] { return read_(outer_); });
	if (TupIsNull(row))
		return false;
	MinimalTuple copy = pg::call([&] {
		if (slot_ == nullptr)
			slot_ = ExecInitExtraTupleSlot(outer_->state, row->tts_tupleDescriptor, row->tts_ops);
		MemoryContext before = MemoryContextSwitchTo(memory_);
		MinimalTuple made = ExecCopySlotMinimalTuple(row);
		MemoryContextSwitchTo(before);
		set_parameters(row);
		return made;
	});
	rows_.push_back(copy);
	bytes_ += copy->t_len;
	for (KeyedScan& scan : scans_)
	{
		const size_t before = scan.bytes();
		scan.add();
		bytes_ += scan.bytes() - before;
	}
	return true;
}

/* As the loop does it, with the row that it is handed: they are its own again then. Server code. */
void OuterRows::set_parameters(TupleTableSlot* row)
{
	const ListCell* cell;
	foreach (cell, reinterpret_cast<const NestLoop*>(join_->js.ps.plan)->nestParams)
	{
		const auto* parameter = static_cast<const NestLoopParam*>(lfirst(cell));
		ParamExecData& value =
		    join_->js.ps.ps_ExprContext->ecxt_param_exec_vals[parameter->paramno];
		value.value = slot_getattr(row, parameter->paramval->varattno, &value.isnull);
	}
}

namespace
{

/* Statements with such scans that have not run yet. */
std::vector<const EState*>& noted()
{
	static std::vector<const EState*>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::vector<const EState*>;
	return *kept;
}

/* Goes with its statement. */
struct Note
{
	const EState* state = nullptr;
	~Note()
	{
		std::erase(noted(), state);
	}
};

bool read_ahead_below(PlanState* state, void*)
{
	/* From below: the innermost loop that sets a parameter is the one that knows its values. */
	(void)pg::walk_states(state, read_ahead_below, nullptr);
	if (!IsA(state, NestLoopState))
		return false;
	auto* join = reinterpret_cast<NestLoopState*>(state);
	pg::entry([&] {
		const auto path = find_path(state);
		const bool all_wanted = path && are_all_wanted(*path, path->plans.size() - 1);
		auto scans = keyed_scans(join, all_wanted);
		if (!scans.empty())
			pg::make_in<OuterRows>(state->state->es_query_cxt)
			    ->start(join, std::move(scans), all_wanted);
	});
	return false;
}

} // namespace

void note_scan_by_keys(EState* state)
{
	auto& states = noted();
	if (std::find(states.begin(), states.end(), state) != states.end())
		return;
	pg::make_in<Note>(state->es_query_cxt)->state = state;
	states.push_back(state);
}

void read_outer_rows_ahead(QueryDesc* query)
{
	if (std::erase(noted(), query->estate) > 0)
		(void)read_ahead_below(query->planstate, nullptr);
}

} // namespace datalinks::fdw
