/*
 * What all sessions do with the remotes, by database and foreign server, in shared memory: where
 * the library is in shared_preload_libraries. It holds so many servers and no more; of others, the
 * one that nobody has used for the longest time is forgotten.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "remote/activity.hpp"

namespace datalinks::remote
{

/* datalinks.stats_max: servers, of all databases. */
extern int most_shared_activities;

/*
 * For the module's start: in the postmaster, asks for the memory, and has those of servers and
 * databases forgotten that are dropped.
 */
void set_up_shared_activities();

bool has_shared_activities();

/* The error is one without a code where none is new. */
void add_to_shared(unsigned server, const Counts& counts, const LastError& error) noexcept;

struct SharedActivity
{
	unsigned server;
	Counts counts;
	LastError last_error;
	int64_t since; /* TimestampTz */
};

/* Those of this database; of none that was dropped. */
std::vector<SharedActivity> shared_activities();

/* From zero again. */
void reset_shared(unsigned server);

/* For the ends of transactions and subtransactions: what they have dropped is forgotten. */
void end_drops(bool committed) noexcept;
void end_subtransaction_drops(bool committed, int level) noexcept;

} // namespace datalinks::remote
