/*
 * Waiting for sockets and for interrupts.
 */
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace datalinks::pg
{

struct SocketWait
{
	int socket;
	bool for_writing; /* else for reading */
	bool for_reading_too = false;
};

/* What for, as pg_stat_activity tells since 17: DatalinksConnect and so on. */
enum class WaitFor
{
	connect, /* to be connected */
	send,    /* the remote to take what is sent */
	answer,
	commit,  /* an answer to what ends a transaction */
	cleanup, /* the end of what is not wanted any more */
	check,   /* the answers to datalink_check() */
	pause    /* time to pass */
};

/*
 * Sleeps until a socket is ready, an interrupt came, or the time is up (milliseconds; negative: no
 * limit). Returns the positions of those that are ready, none when something else woke it. Throws
 * pg::Error when the statement was cancelled.
 */
std::vector<size_t> wait_for_sockets(const std::vector<SocketWait>& sockets, long milliseconds,
                                     WaitFor reason);

/* Throws pg::Error when the statement was cancelled. */
void check_interrupts();

/*
 * Throws 57014 where the statement's time is over and nobody was told: of a lock_timeout and a
 * statement_timeout that fire at once, the server reports the first and forgets the other. For
 * whoever goes on after a lock_timeout.
 */
void check_statement_timeout();

/*
 * How long the statement may go on by statement_timeout, for who waits within a COMMIT: the server
 * has turned its own clock off by then. Nothing where there is no limit.
 */
std::optional<std::chrono::milliseconds> statement_time_left();

} // namespace datalinks::pg
