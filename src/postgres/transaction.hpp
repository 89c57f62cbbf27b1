/*
 * The local transaction, as far as two-phase commit asks about it: its ID, what is durable of it,
 * and what became of others.
 */
#pragma once

#include <cstdint>

namespace datalinks::pg
{

/* Whether the transaction has written here; what it has only read gave it no ID. */
bool has_transaction_id();

/*
 * Gives the transaction an ID, where it has none, and writes of it to disk: no crash can have the
 * ID given out again, to a transaction that commits. Returns it in full, with its epoch. Throws
 * 25006 on a standby.
 */
uint64_t keep_transaction_id();

/* The transaction's COMMIT is to be on disk before it is one, whatever synchronous_commit says. */
void force_synchronous_commit();

enum class TransactionStatus
{
	committed,
	aborted, /* or lost in a crash */
	in_progress,
	unknown /* too long ago, not yet given out, or nothing that a standby knows for sure */
};

/* What became of a transaction of this cluster, by its full ID: as pg_xact_status(). */
TransactionStatus transaction_status(uint64_t transaction);

/* The OID of this database. */
unsigned database();

} // namespace datalinks::pg
