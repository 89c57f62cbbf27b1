/*
 * The end of the local transaction and of its subtransactions, as its parts on the remotes follow
 * it. COMMIT goes there first; or, in two phases, PREPARE TRANSACTION does, and what the remotes
 * have prepared is committed when the local COMMIT is on disk, whatever happens in between: whether
 * the transaction has committed here is the verdict for all.
 *
 * It takes two phases where both were asked for and can make a difference: where several remotes
 * were written to, or one and this database, or where this database may yet refuse (SERIALIZABLE).
 */
#pragma once

namespace datalinks::executor
{

/* datalinks.two_phase: asked for by the session. */
extern bool two_phase;

/* The option of a server that asks for it whenever its remote was written to. */
constexpr const char* two_phase_option = "two_phase";

/* Has the server call us at the ends of transactions, and when servers and mappings change. */
void watch_transactions();

} // namespace datalinks::executor
