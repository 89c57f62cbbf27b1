/*
 * Cancelling: see cancel.hpp.
 */
#include "postgres/cancel.hpp"

#include <algorithm>
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

/* How long the requests may take; a remote that does not even take its own is left alone. */
constexpr std::chrono::milliseconds limit{800};

/*
 * Polls until one is ready; false when the time is up, or none is left to wait for. Interrupts do
 * not count: it is short.
 */
bool wait_for(std::vector<pollfd>& wanted, Clock::time_point end)
{
	const bool any =
	    std::any_of(wanted.begin(), wanted.end(), [](const pollfd& one) { return one.fd >= 0; });
	while (any)
	{
		const auto left =
		    std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
		if (left <= 0)
			return false;
		const int ready = poll(wanted.data(), wanted.size(), static_cast<int>(left));
		if (ready >= 0 || errno != EINTR)
			return ready > 0;
	}
	return false;
}

} // namespace

#ifdef LIBPQ_HAS_ASYNC_CANCEL

namespace
{

/* What the request waits for: nothing (no descriptor) when it has come to its end. */
pollfd wish_of(const PGcancelConn* request, PostgresPollingStatusType wants)
{
	if (wants != PGRES_POLLING_READING && wants != PGRES_POLLING_WRITING)
		return {-1, 0, 0};
	const short events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	return {PQcancelSocket(request), events, 0};
}

} // namespace

std::vector<bool> cancel_queries(const std::vector<pg_conn*>& connections)
{
	const size_t count = connections.size();
	std::vector<bool> taken(count);
	std::vector<PGcancelConn*> requests(count);
	std::vector<PostgresPollingStatusType> wants(count, PGRES_POLLING_FAILED);
	std::vector<pollfd> wanted(count);
	const auto end = Clock::now() + limit;
	for (size_t i = 0; i < count; ++i)
	{
		requests[i] = PQcancelCreate(connections[i]);
		if (requests[i] != nullptr && PQcancelStart(requests[i]) != 0)
			wants[i] = PGRES_POLLING_WRITING;
		wanted[i] = wish_of(requests[i], wants[i]);
	}
	while (wait_for(wanted, end))
		for (size_t i = 0; i < count; ++i)
			if (wanted[i].fd >= 0 && wanted[i].revents != 0)
			{
				wants[i] = PQcancelPoll(requests[i]);
				wanted[i] = wish_of(requests[i], wants[i]);
			}
	for (size_t i = 0; i < count; ++i)
	{
		taken[i] = wants[i] == PGRES_POLLING_OK;
		PQcancelFinish(requests[i]);
	}
	return taken;
}

#else

namespace
{

/* A new connection to the same peer; -1 where there can be none. */
int begin_probe(int connected)
{
	sockaddr_storage peer{};
	socklen_t length = sizeof(peer);
	if (getpeername(connected, reinterpret_cast<sockaddr*>(&peer), &length) != 0)
		return -1;
	const int probe = socket(peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (probe < 0)
		return -1;
	if (connect(probe, reinterpret_cast<sockaddr*>(&peer), length) == 0 || errno == EINPROGRESS ||
	    errno == EAGAIN)
		return probe;
	close(probe);
	return -1;
}

/* One step of it, whose socket is ready: asks, and then has the answer, or is of no use. */
bool go_on(pollfd& probe)
{
	static constexpr unsigned char question[8] = {0, 0, 0, 8, 4, 210, 22, 47};
	char answer;
	if (probe.events == POLLOUT &&
	    send(probe.fd, question, sizeof(question), MSG_NOSIGNAL) == sizeof(question))
	{
		probe.events = POLLIN;
		return false;
	}
	const bool answered = probe.events == POLLIN && recv(probe.fd, &answer, 1, 0) == 1;
	close(probe.fd);
	probe.fd = -1;
	return answered;
}

/*
 * Which peers answer a new connection's first question (is TLS spoken here?) in time. PQcancel
 * waits without an end for one that does not: one that is frozen, or unreachable.
 */
std::vector<bool> which_answer(const std::vector<pg_conn*>& connections)
{
	std::vector<bool> answered(connections.size());
	std::vector<pollfd> probes(connections.size());
	const auto end = Clock::now() + limit;
	for (size_t i = 0; i < connections.size(); ++i)
		probes[i] = {begin_probe(PQsocket(connections[i])), POLLOUT, 0};
	while (wait_for(probes, end))
		for (size_t i = 0; i < probes.size(); ++i)
			if (probes[i].fd >= 0 && probes[i].revents != 0)
				answered[i] = go_on(probes[i]);
	for (const pollfd& probe : probes)
		if (probe.fd >= 0)
			close(probe.fd);
	return answered;
}

bool request_cancel(pg_conn* connection)
{
	char error[256];
	PGcancel* request = PQgetCancel(connection);
	if (request == nullptr)
		return false;
	const bool taken = PQcancel(request, error, sizeof(error)) != 0;
	PQfreeCancel(request);
	return taken;
}

} // namespace

std::vector<bool> cancel_queries(const std::vector<pg_conn*>& connections)
{
	std::vector<bool> taken = which_answer(connections);
	for (size_t i = 0; i < connections.size(); ++i)
		taken[i] = taken[i] && request_cancel(connections[i]);
	return taken;
}

#endif

bool cancel_query(pg_conn* connection) noexcept
{
	try
	{
		return cancel_queries({connection}).front();
	}
	catch (...)
	{
		return false;
	}
}

} // namespace datalinks::pg
