/*
 * INSERT ... RETURNING: the rows that the statement's source makes are sent some way ahead of those
 * whose outcome is asked for, so that a remote far away is not waited for with each.
 *
 * The source's node is given a function of ours, which hands on what was read ahead.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <deque>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

struct Write;

class LookAhead
{
public:
	/* Over the source of the statement that writes; `write` sends its rows. */
	LookAhead(Write& write, ModifyTableState* state);
	~LookAhead();
	LookAhead(const LookAhead&) = delete;
	LookAhead& operator=(const LookAhead&) = delete;

	/* Whether the rows of a statement can be sent before their turn: nothing here changes them. */
	static bool is_possible(const ModifyTableState* state, const ResultRelInfo* relation);

private:
	static TupleTableSlot* next_of(PlanState* source);
	TupleTableSlot* next();
	void read_ahead();
	bool read_one();

	Write& write_;
	PlanState* source_;
	ExecProcNodeMtd read_; /* the source's own */
	MemoryContext memory_ = nullptr;
	TupleTableSlot* slot_ = nullptr; /* of the source's kind */
	std::deque<MinimalTuple> rows_;  /* that were sent, and not handed on */
	size_t bytes_ = 0;
	bool at_end_ = false;
};

} // namespace datalinks::fdw
