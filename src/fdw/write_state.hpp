/*
 * What a result relation of ours keeps: in its ri_FdwState.
 */
#pragma once

#include <memory>
#include <optional>

#include "executor/chunk.hpp"

#include "executor/decoder.hpp"
#include "executor/encoder.hpp"
#include "fdw/hints.hpp"
#include "fdw/look_ahead.hpp"
#include "fdw/shapes.hpp"
#include "fdw/upsert_parameters.hpp"

namespace datalinks::fdw
{

struct Write
{
	Write();
	~Write();
	Write(const Write&) = delete;
	Write& operator=(const Write&) = delete;

	std::optional<executor::Writer> writer;
	Watch watch{};
	EState* state = nullptr;
	bool counts = false; /* its rows are the statement's count */
	bool copies = false; /* a COPY ... FROM of ours */
	/* The row's values, and its key before them: the junk attribute ctid of the plan's rows. */
	executor::Encoder* encoder = nullptr;
	bool needs_settings = false;
	AttrNumber key = InvalidAttrNumber;
	FmgrInfo key_output{};
	/* What comes back; nullptr where nothing does. */
	executor::Decoder* decoder = nullptr;
	/* And the remote's tableoid behind them, where the key has it: see row_key.hpp. */
	AttrNumber table_key = InvalidAttrNumber;
	/* Of rows that are changed: what is done, to what, and whether the remote was asked of it. */
	CmdType operation = CMD_UNKNOWN;
	const ResultRelInfo* relation = nullptr;
	bool asked = false;
	std::unique_ptr<executor::Chunk> chunk; /* where they go many at a time */
	bool waits = false;                     /* for what comes of each row */
	std::unique_ptr<Shapes> shapes;         /* where the rows leave out different columns */
	std::unique_ptr<LookAhead> ahead;       /* where the rows have been sent before their turn */
	std::unique_ptr<ConflictParameters> conflict; /* that follow a row's values */
	MemoryContext row_memory = nullptr;
};

inline Write* write_of(const ResultRelInfo* relation)
{
	return static_cast<Write*>(relation->ri_FdwState);
}

/* What is to be written, and how. */
struct WritePlan
{
	const char* sql;
	List* attributes; /* that are sent, in the order of the parameters */
	bool by_key;
	List* returned; /* attributes that come back */
	bool waits;
};

/* A state for the relation, in the memory of the query. */
Write* make_write(const ModifyTableState* state, const ResultRelInfo* relation,
                  const WritePlan& plan);

/* Lets an INSERT of these attributes go by COPY where it can. */
void allow_copy(Write* write, Relation relation, const List* attributes);

/* Sends the row of an INSERT; what comes of it is taken later. */
void send_row_ahead(Write& write, TupleTableSlot* slot);

/*
 * A statement with this state begins on the remote: where another statement of this backend has
 * called it, it is to see what that one has written so far.
 */
void show_rows(const EState* state, const executor::Route& route);

/* Waits until all of a statement's rows are stored, and corrects its count of rows. */
void settle(Write& write);

} // namespace datalinks::fdw
