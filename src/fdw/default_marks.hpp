/*
 * The marks of values that were written as DEFAULT.
 *
 * Where a column has no default here, the rewriter puts a NULL in place of DEFAULT. Until the
 * planner folds constants, that NULL differs from every other in that it stands nowhere in the
 * text; afterwards NULLs that were computed look the same. So the planner's hook marks it first. A
 * stored statement (BEGIN ATOMIC, a rule) has lost the places of everything: there it is unknown,
 * but where no stored statement of the database has DEFAULT in it (stored_defaults.hpp).
 *
 * The other way would be a default here for each column, a call of a function that means "the
 * remote's", which the plan shows. It needs no hook and knows no such exceptions, but all the world
 * would see it: \d, dumps (which could then not be restored without the extension), CREATE TABLE
 * LIKE INCLUDING DEFAULTS, the tools that generate code from defaults; each column would cost a row
 * in pg_attrdef and its dependencies, and links that exist would have to be altered.
 */
#pragma once

struct Const;
struct List;
struct Node;
struct Query;
struct RangeTblEntry;

namespace datalinks::fdw
{

/* Hooks the planner; for the module's start. */
void watch_planner();

/* Whether it was called yet: the statement in whose planning the library is loaded has no marks. */
bool has_seen_planner();

/* What the hook has written on a NULL without a place in the text. */
enum class Mark
{
	none,
	as_default,
	unknown /* it may have been DEFAULT */
};

Mark mark_on(const Const* null);

/* Marks those of what an UPDATE, or an INSERT's ON CONFLICT, sets its columns to. Server code. */
void mark_assignments(const Query* query, const List* assignments);

/* The NULL that a value is, under a domain and a change of type's name; else nullptr. */
const Const* null_of(const Node* node);

/* A tree that was stored has no locations. */
bool is_stored(const Query* query);

/*
 * The VALUES of an INSERT that has them itself: not of a SELECT, nor those that a rule was fired
 * by, which stand before the rule's own relations; nullptr where there are none.
 */
const RangeTblEntry* values_of(const Query* query);

} // namespace datalinks::fdw
