/*
 * An ON CONFLICT clause as text for the remote's INSERT. postgres_fdw knows none with a target, so
 * this text is ours.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <string>

#include "fdw/upsert_expression.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* A clause in the planner's hands: what it says is taken from two places (see upsert.hpp). */
struct Conflict
{
	const PlannerInfo* root;
	const OnConflictExpr* clause; /* the target and the action, as written */
	const List* set;              /* target entries, preprocessed */
	const List* columns;          /* their attribute numbers */
	List* where;                  /* the condition, preprocessed: all of them must hold */
	bool once;                    /* several rows: see once_condition() */
};

struct ConflictText
{
	std::string clause;   /* goes behind VALUES (...) */
	std::string returned; /* a column for RETURNING, to be ignored; empty for none */
};

/*
 * Throws 42P10 where the remote cannot run it. Appends the parameters that the text has to the
 * shipping's: where `once`, two more than are in its list follow, the name and the value of the
 * mark.
 */
ConflictText conflict_text(const Conflict& conflict, Shipping& shipping);

} // namespace datalinks::fdw
