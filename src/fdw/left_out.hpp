/*
 * Which columns the rows of a statement leave to the remote's defaults, where not all rows leave
 * the same: in INSERT ... VALUES with DEFAULT in one row and a value in another, in the actions of
 * a MERGE, and wherever a trigger here may give a value yet to a column that was left out.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <vector>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* Numbers of attributes, ascending. */
using AttributeSet = std::vector<int>;

struct LeftOut
{
	std::vector<AttributeSet> sets;
	/* For each row of VALUES, or each action of a MERGE, the place of its set; empty: all the
	 * first.
	 */
	std::vector<int> rows;

	/* The set of the row behind those there are. */
	void add_row(const AttributeSet& set);
};

/* The attributes but for those. */
List* without(const List* attributes, const AttributeSet& left_out);

/* Appends it to a plan of postgres_fdw's, as an element of ours. */
List* append_left_out(List* plan, const LeftOut& left_out);

/* What was appended; nullptr for nothing. */
const Node* left_out_in(const List* plan);
LeftOut left_out_from(const Node* element);

} // namespace datalinks::fdw
