/*
 * Scans by values of other rows: see keyed_scans.hpp.
 */
#include "fdw/keyed_scans.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "executor/chunk.hpp"
#include "fdw/key_batch.hpp"
#include "postgres/guard.hpp"
#include "postgres/nodes.hpp"

#include "fdw/key_paths.hpp"
#include "fdw/read_state.hpp"
#include "fdw/unreachable.hpp"

namespace datalinks::fdw
{

namespace
{

constexpr double most_rows_at_once = 200000; /* as expected: they come over, and may be dropped */
constexpr double most_rows_of_key = 1000;    /* where the first is all that is wanted */

/* The parameters in an expression whose values come from elsewhere in the statement. */
bool collect_parameters(Node* node, void* found)
{
	if (node == nullptr)
		return false;
	if (IsA(node, Param) && reinterpret_cast<const Param*>(node)->paramkind == PARAM_EXEC)
	{
		auto* ids = static_cast<Bitmapset**>(found);
		*ids = bms_add_member(*ids, reinterpret_cast<const Param*>(node)->paramid);
	}
	return pg::walk_expression(node, collect_parameters, found);
}

/* Those that the loop sets with each row of its outer side. */
Bitmapset* set_by(const NestLoop* loop)
{
	Bitmapset* ids = nullptr;
	const ListCell* cell;
	foreach (cell, loop->nestParams)
		ids = bms_add_member(ids, static_cast<const NestLoopParam*>(lfirst(cell))->paramno);
	return ids;
}

/* Where a parameter's value comes from. */
struct Origin
{
	bool usable;            /* not from inside the loop's inner side, and fit for an array */
	const char* array_type; /* of what the loop's rows decide; nullptr of what they do not */
};

/* Server code. */
Origin origin_of(Node* expression, const NestLoop* loop)
{
	const Bitmapset* set = set_by(loop);
	Bitmapset* ids = nullptr;
	collect_parameters(expression, &ids);
	if (!bms_is_subset(bms_difference(ids, set), loop->join.plan.extParam))
		return {false, nullptr};
	if (!bms_overlap(ids, set))
		return {true, nullptr};
	const Oid type = exprType(expression);
	if (!fits_array(type))
		return {false, nullptr};
	return {true, format_type_extended(get_array_type(type), -1,
	                                   FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY)};
}

/* What of a scan's parameters a loop's rows decide. */
struct Varying
{
	std::vector<int> places;
	std::vector<std::string> array_types;
};

/* Of none where one of them is not usable. */
std::optional<Varying> varying_of(const ForeignScan* scan, const NestLoop* loop)
{
	Varying varying;
	const ListCell* cell;
	foreach (cell, scan->fdw_exprs)
	{
		auto* expression = static_cast<Node*>(lfirst(cell));
		const Origin origin = pg::call([&] { return origin_of(expression, loop); });
		if (!origin.usable)
			return std::nullopt;
		if (origin.array_type == nullptr)
			continue;
		varying.places.push_back(foreach_current_index(cell));
		varying.array_types.emplace_back(origin.array_type);
	}
	return varying.places.empty() ? std::nullopt : std::make_optional(std::move(varying));
}

/*
 * Gives the scan a batch, where it can have one. Within the transaction that writes there, only if
 * no row of it is in vain: it would be locked, or break the transaction by an error.
 */
bool make_batch(ForeignScanState* node, const NestLoopState* join, bool all_wanted)
{
	const auto* scan = reinterpret_cast<const ForeignScan*>(node->ss.ps.plan);
	Read& read = read_of(node);
	if (scan->scan.scanrelid == 0 || read.batch || read.locks_exactly ||
	    (read.within && !all_wanted) ||
	    (join->js.single_match && scan->scan.plan.plan_rows > most_rows_of_key))
		return false;
	auto varying = varying_of(scan, reinterpret_cast<const NestLoop*>(join->js.ps.plan));
	if (!varying)
		return false;
	auto sql =
	    sql_by_keys(strVal(linitial(scan->fdw_private)), varying->places, varying->array_types);
	if (!sql)
		return false;
	std::vector<unsigned> types = read.scan->types();
	if (!types.empty())
		types.push_back(INT8OID);
	read.batch = std::make_unique<KeyBatch>(read.scan->group(), std::move(*sql), std::move(types),
	                                        scan->scan.plan.plan_width, std::move(varying->places));
	return true;
}

struct Search
{
	const NestLoopState* join;
	bool all_wanted;
	bool remembered = false;
	std::vector<KeyedScan> found;
};

bool search(PlanState* state, void* argument)
{
	auto* search_state = static_cast<Search*>(argument);
	if (is_running_read(state))
	{
		auto* node = reinterpret_cast<ForeignScanState*>(state);
		pg::entry([&] {
			if (make_batch(node, search_state->join, search_state->all_wanted))
				search_state->found.emplace_back(node, search_state->remembered);
		});
	}
	const bool before = search_state->remembered;
	search_state->remembered = before || IsA(state, MemoizeState);
	(void)pg::walk_states(state, search, search_state);
	search_state->remembered = before;
	return false;
}

} // namespace

std::vector<KeyedScan> keyed_scans(const NestLoopState* join, bool all_wanted)
{
	Search found{join, all_wanted, false, {}};
	pg::call([&] { (void)search(innerPlanState(join), &found); });
	return std::move(found.found);
}

void KeyedScan::add()
{
	Read& read = read_of(node_);
	const auto texts = texts_of(read.parameters, node_->ss.ps.ps_ExprContext);
	std::string key;
	if (remembered_)
		for (const char* text : texts)
			executor::append_element(key, text);
	if (!remembered_ || known_.insert(std::move(key)).second)
	{
		read.batch->add(texts);
		keys_.push_back(read.batch->added());
	}
	else
		keys_.push_back(0);
	pg::call([&] { ResetExprContext(node_->ss.ps.ps_ExprContext); });
}

/* One alone is looked for as it always was. */
void KeyedScan::send()
{
	Read& read = read_of(node_);
	if (read.batch->added() < 2 || read.skipped)
		return;
	try
	{
		read.batch->send();
	}
	catch (const pg::Failure& failure)
	{
		if (!skip(read, failure))
			throw;
		return;
	}
	if (read.locks)
		read.batch->scan().note_write();
}

void KeyedScan::turn()
{
	read_of(node_).key = keys_.front();
	keys_.pop_front();
}

void KeyedScan::turn_away()
{
	read_of(node_).key = 0;
}

void KeyedScan::clear() noexcept
{
	keys_.clear();
	Read& read = read_of(node_);
	read.key = 0;
	if (!read.batch)
		return;
	if (read.from_batch)
		read.leave();
	read.batch->clear();
}

void KeyedScan::forget() noexcept
{
	clear();
	known_.clear();
}

size_t KeyedScan::bytes() const
{
	return read_of(node_).batch->bytes();
}

size_t KeyedScan::most_keys() const
{
	const double rows = std::max(node_->ss.ps.plan->plan_rows, 1.0);
	return static_cast<size_t>(std::max(most_rows_at_once / rows, 1.0));
}

} // namespace datalinks::fdw
