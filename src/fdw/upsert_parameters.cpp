/*
 * The parameters of an ON CONFLICT clause: see upsert_parameters.hpp.
 */
#include <algorithm>

#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/parameters.hpp"
#include "fdw/upsert_parameters.hpp"

namespace datalinks::fdw
{

using schema::compose;

namespace
{

/*
 * A mark is of a statement, whichever of its parts writes. Statements run inside others, and their
 * rows alternate.
 */
struct Mark
{
	const EState* state;
	int users;
	unsigned long statement; /* tells it from all others of the session's */
};

std::vector<Mark>& marks()
{
	static std::vector<Mark>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::vector<Mark>;
	return *kept;
}

size_t take_mark(const EState* state)
{
	static unsigned long statements = 0;
	const auto find = [](const auto& wanted) {
		return std::find_if(marks().begin(), marks().end(), wanted);
	};
	auto found = find([&](const Mark& mark) { return mark.users > 0 && mark.state == state; });
	if (found == marks().end())
	{
		found = find([](const Mark& mark) { return mark.users == 0; });
		if (found == marks().end())
			found = marks().insert(found, Mark{});
		*found = Mark{state, 0, ++statements};
	}
	++found->users;
	return static_cast<size_t>(found - marks().begin());
}

} // namespace

bool ConflictParameters::are_in(const ModifyTableState* state)
{
	const auto* plan = castNode(ModifyTable, state->ps.plan);
	return plan->operation == CMD_INSERT && plan->onConflictAction == ONCONFLICT_NONE &&
	       plan->onConflictSet != NIL;
}

ConflictParameters::ConflictParameters(ModifyTableState* state) : state_(state)
{
	const ListCell* cell;
	foreach (cell, castNode(ModifyTable, state->ps.plan)->onConflictSet)
	{
		const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
		if (entry->resname != nullptr && strcmp(entry->resname, name_of_mark) == 0)
			once_ = true;
		else
			expressions_ = lappend(expressions_, entry->expr);
	}
}

ConflictParameters::~ConflictParameters()
{
	if (place_)
		--marks()[*place_].users;
}

void ConflictParameters::append_to(std::vector<const char*>& texts)
{
	if (!computed_)
		compute();
	texts.insert(texts.end(), texts_.begin(), texts_.end());
}

void ConflictParameters::compute()
{
	EState* estate = state_->ps.state;
	ExprContext* context = nullptr;
	const Parameters parameters = pg::call([&] {
		MemoryContext before = MemoryContextSwitchTo(estate->es_query_cxt);
		/* Never reset: the texts last as long as the statement. */
		context = CreateExprContext(estate);
		const Parameters made = make_parameters(expressions_, &state_->ps);
		MemoryContextSwitchTo(before);
		return made;
	});
	texts_ = texts_of(parameters, context);
	if (once_)
		set_mark();
	computed_ = true;
}

void ConflictParameters::set_mark()
{
	place_ = take_mark(state_->ps.state);
	/* Under datalinks.* a remote that has the library itself knows its own settings alone. */
	name_ = compose("datalink_upsert.mark_%1%", *place_);
	value_ = std::to_string(marks()[*place_].statement);
	texts_.push_back(name_.c_str());
	texts_.push_back(value_.c_str());
}

} // namespace datalinks::fdw
