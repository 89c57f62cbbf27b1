/*
 * Waiting for sockets and for interrupts: see wait.hpp.
 */
#include "postgres/wait.hpp"

#include <iterator>
#include <memory>

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

/* The latch and the postmaster's death stand before the sockets in a set. */
constexpr size_t own_events = 2;

struct Freer
{
	void operator()(WaitEventSet* set) const noexcept
	{
		FreeWaitEventSet(set);
	}
};
using WaitSet = std::unique_ptr<WaitEventSet, Freer>;

/*
 * A set serves one wait: libpq may close a socket and open another under the same number, which an
 * older set would not notice.
 */
WaitSet make_set(const std::vector<SocketWait>& sockets)
{
	WaitSet set(call([&] {
		const int size = static_cast<int>(sockets.size() + own_events);
#if PG_VERSION_NUM >= 170000
		return CreateWaitEventSet(CurrentResourceOwner, size);
#else
		return CreateWaitEventSet(CurrentMemoryContext, size);
#endif
	}));
	call([&] {
		AddWaitEventToSet(set.get(), WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, nullptr);
		AddWaitEventToSet(set.get(), WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, nullptr, nullptr);
		for (const SocketWait& wanted : sockets)
		{
			uint32 events = wanted.for_writing ? WL_SOCKET_WRITEABLE : WL_SOCKET_READABLE;
			if (wanted.for_reading_too)
				events |= WL_SOCKET_READABLE;
			AddWaitEventToSet(set.get(), events, wanted.socket, nullptr, nullptr);
		}
	});
	return set;
}

#if PG_VERSION_NUM >= 170000

/*
 * All are looked up at the first wait, which is for a connection. The server looks with a lock
 * held, and has room for so many: while a transaction is aborted, its error would leave the lock
 * behind.
 */
uint32 event_of(WaitFor reason)
{
	constexpr const char* names[] = {"DatalinksConnect", "DatalinksSend",    "DatalinksGetResult",
	                                 "DatalinksCommit",  "DatalinksCleanup", "DatalinksCheck",
	                                 "DatalinksPause"};
	static uint32 events[std::size(names)];
	const auto asked = static_cast<size_t>(reason);
	if (events[asked] == 0)
		call([&] {
			for (size_t i = 0; i < std::size(names); ++i)
				events[i] = WaitEventExtensionNew(names[i]);
		});
	return events[asked];
}

#else

uint32 event_of(WaitFor)
{
	return PG_WAIT_EXTENSION;
}

#endif

} // namespace

std::vector<size_t> wait_for_sockets(const std::vector<SocketWait>& sockets, long milliseconds,
                                     WaitFor reason)
{
	const uint32 event = event_of(reason);
	const WaitSet set = make_set(sockets);
	std::vector<WaitEvent> events(sockets.size() + own_events);
	const int happened = call([&] {
		return WaitEventSetWait(set.get(), milliseconds, events.data(),
		                        static_cast<int>(events.size()), event);
	});
	std::vector<size_t> ready;
	for (size_t i = 0; i < static_cast<size_t>(happened); ++i)
	{
		if (events[i].events & WL_LATCH_SET)
			ResetLatch(MyLatch);
		else
			ready.push_back(static_cast<size_t>(events[i].pos) - own_events);
	}
	check_interrupts();
	return ready;
}

void check_interrupts()
{
	call([] { CHECK_FOR_INTERRUPTS(); });
}

void check_statement_timeout()
{
	if (StatementTimeout > 0 && !get_timeout_active(STATEMENT_TIMEOUT) &&
	    TimestampDifferenceExceeds(GetCurrentStatementStartTimestamp(), GetCurrentTimestamp(),
	                               StatementTimeout))
		throw Failure(sqlstate::query_canceled, "canceling statement due to statement timeout");
}

std::optional<std::chrono::milliseconds> statement_time_left()
{
	if (StatementTimeout <= 0)
		return std::nullopt;
	const TimestampTz end =
	    TimestampTzPlusMilliseconds(GetCurrentStatementStartTimestamp(), StatementTimeout);
	/* A millisecond more: it is over when that much has passed. */
	return std::chrono::milliseconds(TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end) +
	                                 1);
}

} // namespace datalinks::pg
