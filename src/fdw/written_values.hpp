/*
 * Which values of a statement were written as DEFAULT, by the planner's marks (default_marks.hpp).
 */
#pragma once

#include <optional>
#include <string>

struct List;
struct Node;
struct Query;

namespace datalinks::fdw
{

enum class Written
{
	value,
	as_default,
	mixed,  /* DEFAULT in one row and a value in another */
	unknown /* a NULL that may have been DEFAULT */
};

/* The values of a statement in the planner's hands. Server code, all of it. */
class WrittenValues
{
public:
	explicit WrittenValues(const Query* query);

	/* In a column of these rows, which are those of a VALUES list; column from 0. */
	Written in_column(const List* rows, int column) const;
	/* The same of one of the rows, from 0. */
	Written in_row(const List* rows, int row, int column) const;

	/* In an UPDATE, for the column of this name. */
	Written in_update(const Node* value, const char* column) const;

private:
	std::optional<Written> without_text(const Node* value) const;
	Written of(int row, int column, int rows, const Node* value) const;

	/* Where the hook came too late (the planner itself may load the library): the rows as parsed
	   from the client's text, and whether there may be a DEFAULT that they do not show. */
	const List* texts_ = nullptr;
	bool stored_ = false;
	bool hidden_ = false;
};

/* What was written as this value of a plan. Server code. */
Written written_in_plan(const Node* value);

/*
 * Throws 0A000 where DEFAULT cannot be told from NULL. Where there is no stored statement with
 * DEFAULT at all, what is not known is a value.
 */
Written require_known(Written written, const std::string& column);

} // namespace datalinks::fdw
