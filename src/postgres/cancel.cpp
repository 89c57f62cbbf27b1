/*
 * Cancelling: see cancel.hpp.
 */
#include "postgres/cancel.hpp"

#include <cerrno>
#include <chrono>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

using Clock = std::chrono::steady_clock;

/* How long a request may take; a remote that does not even take it is left alone. */
constexpr std::chrono::milliseconds limit{800};

/* Waits for the socket; false when the time is up. Interrupts do not count: it is short. */
bool wait_for(int socket, short events, Clock::time_point end)
{
	pollfd wanted{socket, events, 0};
	for (;;)
	{
		const auto left =
		    std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
		if (left <= 0)
			return false;
		const int ready = poll(&wanted, 1, static_cast<int>(left));
		if (ready >= 0 || errno != EINTR)
			return ready > 0;
	}
}

} // namespace

#ifdef LIBPQ_HAS_ASYNC_CANCEL

bool cancel_query(pg_conn* connection) noexcept
{
	const auto end = Clock::now() + limit;
	PGcancelConn* request = PQcancelCreate(connection);
	auto wants = PGRES_POLLING_FAILED;
	if (request != nullptr && PQcancelStart(request) != 0)
		for (wants = PGRES_POLLING_WRITING;
		     (wants == PGRES_POLLING_WRITING || wants == PGRES_POLLING_READING) &&
		     wait_for(PQcancelSocket(request), wants == PGRES_POLLING_READING ? POLLIN : POLLOUT,
		              end);)
			wants = PQcancelPoll(request);
	PQcancelFinish(request);
	return wants == PGRES_POLLING_OK;
}

#else

namespace
{

/*
 * Whether the peer answers a new connection's first question (is TLS spoken here?) in time.
 * PQcancel waits without an end for one that does not: one that is frozen, or unreachable.
 */
bool answers(int connected, Clock::time_point end)
{
	sockaddr_storage peer{};
	socklen_t length = sizeof(peer);
	if (getpeername(connected, reinterpret_cast<sockaddr*>(&peer), &length) != 0)
		return false;
	const int probe = socket(peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (probe < 0)
		return false;
	static constexpr unsigned char question[8] = {0, 0, 0, 8, 4, 210, 22, 47};
	char answer;
	const bool answered =
	    (connect(probe, reinterpret_cast<sockaddr*>(&peer), length) == 0 || errno == EINPROGRESS ||
	     errno == EAGAIN) &&
	    wait_for(probe, POLLOUT, end) &&
	    send(probe, question, sizeof(question), MSG_NOSIGNAL) == sizeof(question) &&
	    wait_for(probe, POLLIN, end) && recv(probe, &answer, 1, 0) == 1;
	close(probe);
	return answered;
}

} // namespace

bool cancel_query(pg_conn* connection) noexcept
{
	char error[256];
	if (!answers(PQsocket(connection), Clock::now() + limit))
		return false;
	PGcancel* request = PQgetCancel(connection);
	if (request == nullptr)
		return false;
	const bool taken = PQcancel(request, error, sizeof(error)) != 0;
	PQfreeCancel(request);
	return taken;
}

#endif

} // namespace datalinks::pg
