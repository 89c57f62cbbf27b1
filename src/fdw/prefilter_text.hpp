/*
 * One condition as text for the remote, with its expressions as parameters: see prefilter.hpp.
 *
 * Server code: it allocates in the current memory context. It holds the server's headers: include
 * it last.
 */
#pragma once

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

struct PrefilterText
{
	PlannerInfo* root;
	Index relation; /* whose columns are the remote's */
	Oid table;
	StringInfoData sql;
	List* expressions; /* of all parameters of the remote's SQL, in their order */
};

/*
 * Appends the condition, or one that keeps more rows; returns false, and has appended nothing,
 * where there is none.
 *
 * Conditions are: column operator expression, column = ANY (expression), column IS NULL, and AND
 * and OR of such. The expression has no columns of the relation's and is not volatile. The operator
 * is built-in and immutable, the types are built-in, the collation is the column's: what
 * postgres_fdw asks of what it ships. Of an enum, = and <>, which know nothing but labels; and
 * comparisons of times across types, which are not immutable but bounded.
 */
bool append_condition(PrefilterText& text, const Node* condition);

} // namespace datalinks::fdw
