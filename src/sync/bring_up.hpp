/*
 * Bringing a link's schema up to its remote.
 */
#pragma once

#include <vector>

#include "link/link.hpp"
#include "sync/drift.hpp"

namespace datalinks::sync
{

/* What a refresh may do. */
struct BringUp
{
	bool cascade;      /* drop what is in the way */
	bool skip_blocked; /* leave out what is blocked, and tables that others keep locked */
	bool force;        /* however little the remote shows */
};

/*
 * Applies the drift, and returns it as it was applied. Without skip_blocked, tables that others
 * keep locked are waited for (patience.hpp). Throws what find_drift() and connecting throw; 2BP01
 * where a change is blocked, 55000 where the remote shows fewer than half of the linked tables and
 * force is not set, 53200 where the lock table cannot hold what it takes.
 */
std::vector<Drift> bring_up(const link::Link& link, const BringUp& options, Reading reading);

} // namespace datalinks::sync
