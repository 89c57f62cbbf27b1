/*
 * What a scan of ours keeps: in fdw_state of its node.
 */
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "executor/scan.hpp"

#include "executor/decoder.hpp"

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

	std::optional<executor::Scan> scan;
	executor::Decoder* decoder = nullptr;
	MemoryContext row_memory = nullptr; /* of the current row's values */
	bool as_tuple = false;              /* a system column is asked for: only a tuple has them */
	/* The parameters of the remote's query. */
	List* parameter_states = nullptr;
	FmgrInfo* parameter_outputs = nullptr;
	bool parameters_need_settings = false; /* for their texts to mean the same everywhere */
	int own_socket = -1;                   /* for the wait set of an asynchronous append */
};

inline Read& read_of(const ForeignScanState* node)
{
	return *static_cast<Read*>(node->fdw_state);
}

/* Whether ours still reads for the node: else its state is postgres_fdw's. hints.cpp */
bool reads_for(const ForeignScanState* node);

/* Sends the query with the parameters' present values; false where no session is free. */
bool start_read(ForeignScanState* node);

/* The next row in the node's slot, which is empty at the end. Throws what executor::Scan does. */
TupleTableSlot* next_row(ForeignScanState* node);

/*
 * Where ours cannot, postgres_fdw reads: nothing may have been read yet. Its callbacks serve the
 * node from then on. hints.cpp
 */
void hand_over(ForeignScanState* node);

} // namespace datalinks::fdw
