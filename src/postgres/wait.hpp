/*
 * Waiting for sockets and for interrupts.
 */
#pragma once

#include <cstddef>
#include <vector>

namespace datalinks::pg
{

struct SocketWait
{
	int socket;
	bool for_writing; /* else for reading */
	bool for_reading_too = false;
};

/*
 * Sleeps until a socket is ready, an interrupt came, or the time is up (milliseconds; negative: no
 * limit). Returns the positions of those that are ready, none when something else woke it. Throws
 * pg::Error when the statement was cancelled.
 */
std::vector<size_t> wait_for_sockets(const std::vector<SocketWait>& sockets, long milliseconds);

/* Throws pg::Error when the statement was cancelled. */
void check_interrupts();

} // namespace datalinks::pg
