/*
 * What was written in a statement: see written_values.hpp.
 */
#include "fdw/written_values.hpp"

#include "fdw/default_marks.hpp"
#include "fdw/statement_text.hpp"
#include "fdw/stored_defaults.hpp"
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

/* Of two rows' in one column. */
Written both(Written one, Written other)
{
	if (one == other)
		return one;
	if (one == Written::unknown || other == Written::unknown)
		return Written::unknown;
	return Written::mixed;
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
	/* An UPDATE of a view's relation has other names of columns than its text. */
	if (query->commandType == CMD_INSERT)
		texts_ = rows_of_text();
	else if (query->resultRelation == 1)
		texts_ = assignments_of_text();
	hidden_ = texts_ == NIL && text_may_have_default();
}

/* What is known without the statement's text. */
std::optional<Written> WrittenValues::without_text(const Node* value) const
{
	if (has_seen_planner())
		return by_mark(value);
	const Const* constant = null_of(value);
	if (constant == nullptr || constant->location >= 0)
		return Written::value;
	if (stored_ || hidden_)
		return Written::unknown;
	return std::nullopt;
}

Written WrittenValues::of(int row, int column, int rows, const Node* value) const
{
	if (const auto known = without_text(value))
		return *known;
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

Written WrittenValues::in_row(const List* rows, int row, int column) const
{
	const auto* values = static_cast<const List*>(list_nth(rows, row));
	if (column < 0 || column >= list_length(values))
		return Written::value;
	return of(row, column, list_length(rows), static_cast<const Node*>(list_nth(values, column)));
}

Written WrittenValues::in_column(const List* rows, int column) const
{
	Written written = Written::value;
	for (int row = 0; row < list_length(rows); ++row)
	{
		const Written here = in_row(rows, row, column);
		written = row == 0 ? here : both(written, here);
	}
	return written;
}

Written WrittenValues::in_update(const Node* value, const char* column) const
{
	if (const auto known = without_text(value))
		return *known;
	Written found = Written::value;
	const ListCell* cell;
	foreach (cell, texts_)
	{
		if (!sets_to_default(static_cast<const List*>(lfirst(cell)), column))
			continue;
		found = list_length(texts_) == 1 ? Written::as_default : Written::unknown;
	}
	return found;
}

/* The session's first plan was made without marks. */
Written written_in_plan(const Node* value)
{
	return !has_seen_planner() && may_be_default(value) ? Written::unknown : by_mark(value);
}

Written require_known(Written written, const std::string& column)
{
	if (written != Written::unknown)
		return written;
	if (has_seen_planner() && !has_stored_default())
		return Written::value;
	throw pg::Failure(pg::sqlstate::feature_not_supported,
	                  schema::compose("cannot tell DEFAULT from NULL in column \"%1%\"", column))
	    .detail(
	        "A stored statement (BEGIN ATOMIC, a rule) has lost the difference, and so may have "
	        "the first statement of a session that touches a link.")
	    .hint("In an INSERT, leave the column out for its default; for NULL, insert each row in a "
	          "statement of its own. In an UPDATE of a stored statement, use a function whose body "
	          "is a string. In a session's first statement, running it again may do.");
}

} // namespace datalinks::fdw
