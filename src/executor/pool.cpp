/*
 * The sessions of this backend: see pool.hpp.
 */
#include "executor/pool.hpp"

#include <algorithm>
#include <list>
#include <set>

#include "postgres/mappings.hpp"
#include "postgres/options.hpp"
#include "postgres/roles.hpp"
#include "postgres/servers.hpp"
#include "postgres/wait.hpp"
#include "remote/connecting.hpp"
#include "remote/home.hpp"
#include "remote/target.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

int max_read_sessions = 3;

namespace
{

using std::chrono::milliseconds;

/* How long what was left unread may take: to come by itself, and after it was cancelled. */
constexpr milliseconds patience{20};
constexpr milliseconds patience_after_cancel{1000};
constexpr milliseconds moment{100};

/* No constructor may run when the library is loaded: made at the first use. */
std::list<Seat>& seats()
{
	static std::list<Seat>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::list<Seat>;
	return *kept;
}

/* Whether a free session is in a state to be used; it may take a moment until it is. */
bool is_ready(Seat& seat)
{
	Session& session = *seat.session;
	if (seat.outdated || session.has_gone_stale())
		return false;
	if (session.awaits_little() || session.drain(patience))
		return true;
	session.cancel();
	return session.drain(patience_after_cancel);
}

/* postgres_fdw's option, which is on where it is left out. */
bool is_kept(unsigned server)
{
	const std::string option = pg::server_option(server, "keep_connections");
	return option.empty() || pg::is_true(option);
}

/* Once a session, before a copy is first used: nobody should find out by the error of a write. */
void tell_of_copy(unsigned server)
{
	static std::set<unsigned>* told = nullptr;
	if (told == nullptr)
		told = new std::set<unsigned>;
	if (told->contains(server) || !remote::is_copy(pg::server_option(server, remote::home_option)))
		return;
	told->insert(server);
	if (const auto refusal = remote::refusal_to_write(server, pg::current_role()))
		pg::warning(refusal->what(), refusal->detail(), refusal->hint());
}

void part_from_all(int, Datum)
{
	for (const Seat& seat : seats())
		seat.session->settle_quick(moment);
}

/* In the backend itself: what a library registers in the postmaster, no child has. */
void watch_exit()
{
	static bool watched = false;
	if (!watched)
		pg::call([] { on_proc_exit(part_from_all, 0); });
	watched = true;
}

/* Before anything is connected. */
remote::Target target_on(const Route& route)
{
	tell_of_copy(route.server);
	watch_exit();
	return remote::target_of(route.server, route.user);
}

Seat* add(const Route& route, std::unique_ptr<Session> session)
{
	Seat seat;
	seat.route = route;
	seat.session = std::move(session);
	seat.read_only = is_read_only(route);
	seat.kept = is_kept(route.server);
	return &seats().emplace_back(std::move(seat));
}

bool is_extra(const std::list<Seat>::iterator& seat)
{
	return std::any_of(seats().begin(), seat, [&](const Seat& earlier) {
		return share_mapping(earlier.route, seat->route);
	});
}

} // namespace

Route route_to(unsigned server, unsigned user)
{
	if (!pg::mapping_holder(server, user) &&
	    !pg::server_option(server, remote::url_name_option).empty())
		return {server, user, 0};
	return {server, user, pg::mapping_used(server, user)};
}

bool is_read_only(const Route& route)
{
	return remote::refusal_to_write(route.server, route.user).has_value();
}

void require_writable(const Route& route)
{
	if (auto refusal = remote::refusal_to_write(route.server, route.user))
		throw std::move(*refusal);
}

Seat* take_to_read(const Route& route)
{
	const auto taken = std::count_if(seats().begin(), seats().end(), [&](const Seat& seat) {
		return seat.taken && !seat.writes && share_mapping(seat.route, route);
	});
	return taken < max_read_sessions ? take(route) : nullptr;
}

namespace
{

/* One that is free and in a state to be used; nullptr where there is none. */
Seat* find_free(const Route& route)
{
	for (auto seat = seats().begin(); seat != seats().end();)
	{
		const auto next = std::next(seat);
		if (!seat->taken && share_mapping(seat->route, route) && seat->route.user == route.user)
		{
			if (is_ready(*seat))
				return &*seat;
			seats().erase(seat);
		}
		seat = next;
	}
	return nullptr;
}

/* A connection of several that are made at the same time. */
struct Coming
{
	Coming(size_t position, const Route& route)
	    : number(position), target(target_on(route)), connecting(target)
	{
	}
	Coming(const Coming&) = delete;
	Coming& operator=(const Coming&) = delete;

	size_t number; /* of the route */
	remote::Target target;
	remote::Connecting connecting;
};

/* Waits until one of them can go on, or its time is up. */
void go_on(std::list<Coming>& coming, const std::function<void(Coming&, bool ready)>& step)
{
	std::vector<pg::SocketWait> sockets;
	std::vector<Coming*> waiting;
	std::optional<remote::Connecting::Clock::time_point> first;
	for (Coming& one : coming)
	{
		sockets.push_back(one.connecting.wait());
		waiting.push_back(&one);
		const auto deadline = one.connecting.deadline();
		if (deadline && (!first || *deadline < *first))
			first = deadline;
	}
	for (const size_t ready :
	     pg::wait_for_sockets(sockets, remote::time_left(first), pg::WaitFor::connect))
	{
		step(*waiting[ready], true);
		waiting[ready] = nullptr;
	}
	for (Coming* one : waiting)
		if (one != nullptr && remote::time_left(one->connecting.deadline()) == 0)
			step(*one, false);
}

} // namespace

Seat* take(const Route& route)
{
	Seat* seat = find_free(route);
	if (seat != nullptr)
		seat->used = true;
	else
		seat = add(route, std::make_unique<Session>(target_on(route)));
	seat->taken = true;
	return seat;
}

void open_together(const std::vector<Route>& routes, size_t limit,
                   const std::function<void(size_t route, const pg::Failure& failure)>& fail)
{
	std::list<Coming> coming;
	const auto watched = [&](size_t number, auto&& f) {
		try
		{
			f();
		}
		catch (const pg::Failure& failure)
		{
			fail(number, failure);
			throw;
		}
	};
	for (size_t next = 0; next < routes.size() || !coming.empty();)
	{
		for (; next < routes.size() && coming.size() < limit; ++next)
			watched(next, [&] {
				if (find_free(routes[next]) == nullptr)
					coming.emplace_back(next, routes[next]);
			});
		if (coming.empty())
			continue;
		go_on(coming, [&](Coming& one, bool ready) {
			watched(one.number, [&] {
				ready ? one.connecting.advance() : one.connecting.expire();
				if (one.connecting.done())
					add(routes[one.number],
					    std::make_unique<Session>(one.connecting.take(), one.target));
			});
		});
		coming.remove_if([](const Coming& one) { return one.connecting.done(); });
	}
}

void give_back(Seat* seat) noexcept
{
	seat->taken = seat->writes = false;
	if (!seat->outdated && !seat->session->broken())
		return;
	seats().remove_if([&](const Seat& other) { return &other == seat; });
}

std::vector<Standing> standing_sessions()
{
	std::vector<Standing> standing;
	for (const Seat& seat : seats())
		standing.push_back({seat.route.server, !seat.outdated && !seat.session->broken()});
	return standing;
}

bool close_sessions(unsigned server)
{
	const auto before = seats().size();
	seats().remove_if([&](const Seat& seat) {
		return !seat.taken && (server == 0 || seat.route.server == server);
	});
	return seats().size() != before;
}

bool is_in_use(unsigned server)
{
	return std::any_of(seats().begin(), seats().end(), [&](const Seat& seat) {
		return seat.taken && (server == 0 || seat.route.server == server);
	});
}

bool is_reading(unsigned server)
{
	return std::any_of(seats().begin(), seats().end(), [&](const Seat& seat) {
		return seat.taken && !seat.writes && (server == 0 || seat.route.server == server);
	});
}

void outdate_sessions() noexcept
{
	for (Seat& seat : seats())
		seat.outdated = true;
}

void end_transaction(bool aborted) noexcept
{
	for (auto seat = seats().begin(); seat != seats().end();)
	{
		const auto current = seat++;
		try
		{
			if (aborted && !current->session->awaits_little() &&
			    !current->session->drain(milliseconds(0)))
				current->session->cancel();
		}
		catch (...)
		{
			/* An interrupt is no use now: the session is not used again. */
			current->outdated = true;
		}
		if (!current->taken && (!current->kept || is_extra(current) || current->outdated))
			seats().erase(current);
	}
}

} // namespace datalinks::executor
