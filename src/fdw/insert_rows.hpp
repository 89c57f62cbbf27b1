/*
 * Several rows in one VALUES: which of their values were written as DEFAULT.
 *
 * The rewriter puts a NULL in place of such a DEFAULT. Until the planner folds constants, that NULL
 * differs from every other in that it stands nowhere in the text; afterwards NULLs that were
 * computed, or brought to a column's length, look the same. So the planner's hook marks it first.
 */
#pragma once

struct List;
struct Node;
struct Query;

namespace datalinks::fdw
{

/* Hooks the planner; for the module's start. */
void watch_planner();

/* The rows of a VALUES list. Server code. */
class WrittenRows
{
public:
	/* The statement as the planner has it. */
	explicit WrittenRows(const Query* query);

	/* Whether the value was DEFAULT, and has no default here: row and column from 0, of so many
	   rows. */
	bool is_default(int row, int column, int rows, const Node* value) const;

private:
	/* The rows as parsed from the client's text; only where the planner's hook came too late. */
	const List* texts_ = nullptr;
};

} // namespace datalinks::fdw
