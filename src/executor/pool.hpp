/*
 * The sessions of this backend with which queries read, by user mapping. One stays open for each,
 * but where the server's option keep_connections is off; more are opened while several statements
 * read at once, and closed with the transaction.
 */
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "executor/session.hpp"

namespace datalinks::executor
{

/* datalinks.max_read_sessions: how many of one mapping may be taken at once. */
extern int max_read_sessions;

/* Who reads where: OIDs. */
struct Route
{
	unsigned server;
	unsigned user;    /* on whose behalf */
	unsigned mapping; /* the user's, or PUBLIC's; 0: none is needed */
};

/* Whether both go by the same credentials. */
inline bool share_mapping(const Route& one, const Route& other)
{
	return one.mapping == other.mapping &&
	       (one.mapping != 0 || (one.server == other.server && one.user == other.user));
}

/* That of a role: its mapping is the one that it uses. Throws where it has none and needs one. */
Route route_to(unsigned server, unsigned user);

/* Whether nobody may write on the route; what is sent on it is to be read-only there. */
bool is_read_only(const Route& route);

/* Throws 25006 where nobody may: a role that may read alone, a copy of a link. */
void require_writable(const Route& route);

/* A session and its place in the pool. */
struct Seat
{
	Route route;
	std::unique_ptr<Session> session;
	bool taken = false;
	bool writes = false;    /* taken by the local transaction, not by a statement that reads */
	bool used = false;      /* by somebody before */
	bool read_only = false; /* nobody may write on the route */
	bool kept = true;       /* beyond the transaction: the server's option keep_connections */
	bool outdated = false;  /* its server or mapping has changed, or it is in no state to be used */
};

/*
 * A free session of the route, or a new one. Throws what remote::connect throws, and 42704 where
 * the server is gone.
 */
Seat* take(const Route& route);
/* The same for a statement that reads; nullptr where as many as may be are taken by such. */
Seat* take_to_read(const Route& route);

/*
 * Connects, at most so many at once, wherever a route has no free session that can be used. Throws
 * what remote::connect throws, by `fail`, which is told the position of the route that it is about.
 */
void open_together(const std::vector<Route>& routes, size_t limit,
                   const std::function<void(size_t route, const pg::Failure& failure)>& fail);

/* Never waits and never throws: what is still to come is seen to when the seat is taken again. */
void give_back(Seat* seat) noexcept;

/* One connection that stands, for datalink_connections(). */
struct Standing
{
	unsigned server;
	bool valid;
};
std::vector<Standing> standing_sessions();

/* Closes the free sessions of a server (0: of all); returns whether there were any. */
bool close_sessions(unsigned server);

/* Whether any session of the server (0: of any) is taken; by a statement that reads alone. */
bool is_in_use(unsigned server);
bool is_reading(unsigned server);

/* A server or mapping changed, whichever it was: from now on its sessions are not taken again. */
void outdate_sessions() noexcept;

/*
 * At the end of the local transaction: what the remote still does for it is cancelled, and sessions
 * beside one a mapping are closed. Never throws.
 */
void end_transaction(bool aborted) noexcept;

} // namespace datalinks::executor
