/*
 * The local transaction: see transaction.hpp.
 */
#include "executor/transaction.hpp"

#include <set>

#include "executor/pool.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

namespace
{

/* No constructor may run when the library is loaded: made at the first use. */
std::set<unsigned>& written()
{
	static std::set<unsigned>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::set<unsigned>;
	return *kept;
}

void follow_transaction(XactEvent event, void*)
{
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	written().clear();
	end_transaction(event == XACT_EVENT_ABORT);
}

void follow_catalog(Datum, int, uint32)
{
	outdate_sessions();
}

} // namespace

void note_write(unsigned server)
{
	written().insert(server);
}

bool has_written(unsigned server)
{
	return written().contains(server);
}

void watch_transactions()
{
	RegisterXactCallback(follow_transaction, nullptr);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, follow_catalog, 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, follow_catalog, 0);
}

} // namespace datalinks::executor
