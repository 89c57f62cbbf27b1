/*
 * What a scan of ours keeps: in fdw_state of its node.
 */
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "executor/scan.hpp"

#include "executor/decoder.hpp"
#include "fdw/hints.hpp"
#include "fdw/key_batch.hpp"
#include "fdw/parameters.hpp"

namespace datalinks::fdw
{

struct Read
{
	Read() = default;
	~Read();
	Read(const Read&) = delete;
	Read& operator=(const Read&) = delete;
	/*
	 * A duplicate of the session's socket as it is now (scans of one session share it, and a set
	 * takes a descriptor but once); where there is no need to wait, one that is ready at once.
	 */
	void renew_own_socket();

	/* What the rows are read from. */
	executor::Scan& source()
	{
		return from_batch ? batch->scan() : *scan;
	}
	bool is_open() const
	{
		return skipped || from_batch || scan->is_open();
	}
	/* Of rows of a batch, nothing is known but by waiting. */
	bool is_ready() const
	{
		return skipped || from_batch || scan->is_ready();
	}
	bool is_at_end() const
	{
		return skipped || from_batch || scan->is_at_end();
	}
	bool next()
	{
		return !skipped && (from_batch ? batch->next() : scan->next());
	}
	/* The rows are over, or not wanted any more. */
	void leave() noexcept
	{
		from_batch = false;
		scan->close();
	}

	std::optional<executor::Scan> scan;
	/* Set by the join above that sends keys many at a time; see outer_rows.hpp. */
	std::unique_ptr<KeyBatch> batch;
	int key = 0;             /* of the batch that is asked for next; 0: none */
	bool from_batch = false; /* the rows that are being read are those of the batch's key */
	executor::Decoder* decoder = nullptr;
	MemoryContext row_memory = nullptr; /* of the current row's values */
	bool within = false;                /* the local transaction's transaction there */
	bool locks = false;                 /* the rows that it reads, there */
	bool locks_exactly = false;         /* the rows that are wanted, and no others */
	unsigned server = 0;
	bool may_skip = false; /* where the remote cannot be reached: see unreachable.hpp */
	bool skipped = false;  /* it could not */
	bool as_tuple = false; /* a system column is asked for: only a tuple has them */
	Parameters parameters{};
	Watch watch{};
	int own_socket = -1; /* for the wait set of an asynchronous append */
};

/* Whether the scan is one of ours, and runs. */
bool is_running_read(const PlanState* node);

inline Read& read_of(const ForeignScanState* node)
{
	return *static_cast<Read*>(node->fdw_state);
}

/* Where the scan must lock no row that is not wanted, tells it how many are. */
void limit_locks(ForeignScanState* node);

/* Sends the query with the parameters' present values. */
void start_read(ForeignScanState* node);

/* The next row in the node's slot, which is empty at the end. Throws what executor::Scan does. */
TupleTableSlot* next_row(ForeignScanState* node);

/*
 * The rows that a node's plan makes, with the types that a joined table's whole rows have. Server
 * code.
 */
TupleDesc scanned_rows(const ForeignScanState* node);

} // namespace datalinks::fdw
