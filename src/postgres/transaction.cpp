/*
 * The local transaction: see transaction.hpp.
 */
#include "postgres/transaction.hpp"

#include <string_view>

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

bool has_transaction_id()
{
	return TransactionIdIsValid(GetTopTransactionIdIfAny());
}

namespace
{

/* A record of the transaction that nobody reads. Server code. */
XLogRecPtr log_transaction_id()
{
#if PG_VERSION_NUM >= 170000
	return LogLogicalMessage("datalinks", "", 0, true, false);
#else
	return LogLogicalMessage("datalinks", "", 0, true);
#endif
}

} // namespace

uint64_t keep_transaction_id()
{
	if (RecoveryInProgress())
		throw Failure(sqlstate::read_only_transaction,
		              "cannot commit in two phases during recovery");
	return call([] {
		XLogFlush(log_transaction_id());
		return U64FromFullTransactionId(GetTopFullTransactionId());
	});
}

void force_synchronous_commit()
{
	ForceSyncCommit();
}

namespace
{

/* The text of pg_xact_status(); nullptr for its NULL. Server code. */
const char* status_text(FullTransactionId transaction)
{
	LOCAL_FCINFO(status, 1);
	InitFunctionCallInfoData(*status, nullptr, 1, InvalidOid, nullptr, nullptr);
	status->args[0].value = FullTransactionIdGetDatum(transaction);
	status->args[0].isnull = false;
	const Datum found = pg_xact_status(status);
	return status->isnull ? nullptr : TextDatumGetCString(found);
}

} // namespace

TransactionStatus transaction_status(uint64_t transaction)
{
	const FullTransactionId id = FullTransactionIdFromU64(transaction);
	if (RecoveryInProgress() || !TransactionIdIsNormal(XidFromFullTransactionId(id)))
		return TransactionStatus::unknown;
	const char* text = call([&] {
		const bool given_out = FullTransactionIdPrecedes(id, ReadNextFullTransactionId());
		return given_out ? status_text(id) : nullptr;
	});
	if (text == nullptr)
		return TransactionStatus::unknown;
	const std::string_view status = text;
	return status == "committed"     ? TransactionStatus::committed
	       : status == "aborted"     ? TransactionStatus::aborted
	       : status == "in progress" ? TransactionStatus::in_progress
	                                 : TransactionStatus::unknown;
}

unsigned database()
{
	return MyDatabaseId;
}

} // namespace datalinks::pg
