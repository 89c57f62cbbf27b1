/*
 * What was written in a statement: see written_values.hpp.
 */
#include "fdw/written_values.hpp"

#include "fdw/default_marks.hpp"
#include "fdw/statement_text.hpp"
#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

namespace
{

/* Of a value that the hook has not seen: it may be DEFAULT. */
bool may_be_default(const Node* value)
{
	const Const* constant = null_of(value);
	return constant != nullptr && constant->location < 0 && text_may_have_default();
}

Written both(Written one, Written other)
{
	if (one == other)
		return one;
	if (one == Written::unknown || other == Written::unknown)
		return Written::unknown;
	return Written::mixed;
}

Written by_mark(const Node* value)
{
	const Const* constant = null_of(value);
	if (constant == nullptr)
		return Written::value;
	switch (mark_on(constant))
	{
	case Mark::none:
		return Written::value;
	case Mark::as_default:
		return Written::as_default;
	case Mark::unknown:
		break;
	}
	return Written::unknown;
}

/* In a plan; the session's first was made without marks. */
Written in_plan(const Node* value)
{
	if (!has_seen_planner() && may_be_default(value))
		return Written::unknown;
	return by_mark(value);
}

/* Whether these rows, as parsed, have a DEFAULT there. */
bool has_default(const List* rows, int row, int column)
{
	const auto* values = static_cast<const List*>(list_nth(rows, row));
	return column < list_length(values) &&
	       IsA(static_cast<const Node*>(list_nth(values, column)), SetToDefault);
}

} // namespace

WrittenValues::WrittenValues(const Query* query)
{
	if (has_seen_planner() || (query->commandType == CMD_INSERT && values_of(query) == nullptr))
		return;
	stored_ = query->querySource != QSRC_ORIGINAL || is_stored(query);
	texts_ = rows_of_text();
	hidden_ = texts_ == NIL && text_may_have_default();
}

Written WrittenValues::of(int row, int column, int rows, const Node* value) const
{
	if (has_seen_planner())
		return by_mark(value);
	const Const* constant = null_of(value);
	if (constant == nullptr || constant->location >= 0)
		return Written::value;
	if (stored_ || hidden_)
		return Written::unknown;
	/* Of several that it could be, all must say so: a NULL never turns into a default. */
	Written found = Written::value;
	const ListCell* cell;
	foreach (cell, texts_)
	{
		const auto* text = static_cast<const List*>(lfirst(cell));
		if (list_length(text) != rows)
			continue;
		if (!has_default(text, row, column))
			return Written::value;
		found = Written::as_default;
	}
	return found;
}

Written WrittenValues::in_column(const List* rows, int column) const
{
	Written written = Written::value;
	const ListCell* cell;
	foreach (cell, rows)
	{
		const int row = foreach_current_index(cell);
		const auto* values = static_cast<const List*>(lfirst(cell));
		if (column < 0 || column >= list_length(values))
			return Written::value;
		const Written here =
		    of(row, column, list_length(rows), static_cast<const Node*>(list_nth(values, column)));
		written = row == 0 ? here : both(written, here);
	}
	return written;
}

Written WrittenValues::in_update(const Node* value) const
{
	if (has_seen_planner())
		return by_mark(value);
	return may_be_default(value) ? Written::unknown : Written::value;
}

Written written_in_plan(const Plan* source, int number)
{
	const ListCell* cell;
	foreach (cell, source->targetlist)
	{
		const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
		const auto* value = reinterpret_cast<const Node*>(entry->expr);
		if (entry->resjunk || entry->resno != number)
			continue;
		if (!IsA(value, Var) || !IsA(source, ValuesScan))
			return in_plan(value);
		const List* rows = reinterpret_cast<const ValuesScan*>(source)->values_lists;
		const int column = reinterpret_cast<const Var*>(value)->varattno - 1;
		Written written = Written::value;
		const ListCell* row;
		foreach (row, rows)
		{
			const auto* values = static_cast<const List*>(lfirst(row));
			const Written here = in_plan(static_cast<const Node*>(list_nth(values, column)));
			written = foreach_current_index(row) == 0 ? here : both(written, here);
		}
		return written;
	}
	return Written::value;
}

bool merges_default(const List* actions, int number)
{
	const ListCell* cell;
	const ListCell* target;
	foreach (cell, actions)
	{
		const auto* action = static_cast<const MergeAction*>(lfirst(cell));
		if (action->commandType != CMD_INSERT)
			continue;
		foreach (target, action->targetList)
		{
			const auto* entry = static_cast<const TargetEntry*>(lfirst(target));
			const Const* constant = null_of(reinterpret_cast<const Node*>(entry->expr));
			if (entry->resno == number && constant != nullptr && constant->location < 0)
				return true;
		}
	}
	return false;
}

void require_known(Written written, const std::string& column)
{
	if (written == Written::mixed)
		throw pg::Failure(
		    pg::sqlstate::feature_not_supported,
		    schema::compose("cannot insert both DEFAULT and values into column %1% at once",
		                    column))
		    .detail("One statement of the remote's has the same columns for all of its rows.")
		    .hint("Insert the rows with DEFAULT in a statement of their own.");
	if (written == Written::unknown)
		throw pg::Failure(pg::sqlstate::feature_not_supported,
		                  schema::compose("cannot tell DEFAULT from NULL in column %1%", column))
		    .detail(
		        "Rows in a stored statement (BEGIN ATOMIC, a rule) have lost the difference, and "
		        "so has the first statement of a session that touches a link.")
		    .hint("Leave the column out for its default; for NULL, insert each row in a statement "
		          "of its own. In a function, running it again may do.");
}

} // namespace datalinks::fdw
