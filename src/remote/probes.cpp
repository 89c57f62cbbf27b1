/*
 * Many probes at once: see probes.hpp.
 */
#include "remote/probes.hpp"

#include <algorithm>

#include "remote/hosts.hpp"

namespace datalinks::remote
{

namespace
{

using Clock = Probe::Clock;
using State = Probe::State;

class Loop
{
public:
	explicit Loop(std::vector<Probe>& probes) : probes_(probes) {}
	/* Returns false when all have their answers. */
	bool turn();

private:
	void start_waiting();
	void start(Probe& probe, bool by_name);
	long milliseconds_left() const;
	void advance(const std::vector<size_t>& ready);
	void expire();

	std::vector<Probe>& probes_;
	std::vector<Probe*> active_; /* those with a connection */
	size_t place_ = 0;           /* of the connecting one whose turn is next */
	Clock::duration looking_up_{0};
};

/*
 * Looking up a host's name blocks: those that need none go first, and the time that it takes is not
 * counted against the others. Nor may many names take it over and over: all the look-ups together
 * have the time of one probe.
 */
void Loop::start_waiting()
{
	const auto before = Clock::now();
	for (const bool by_name : {false, true})
		for (Probe& probe : probes_)
		{
			if (probe.state() != State::starting || probe.needs_look_up() != by_name)
				continue;
			pg::check_interrupts();
			if (!active_.empty() && !has_room_for_connection())
				break;
			if (by_name && looking_up_ >= probe.timeout())
				probe.give_up();
			else
				start(probe, by_name);
		}
	const auto lost = Clock::now() - before;
	for (Probe* probe : active_)
		probe->postpone(lost);
}

void Loop::start(Probe& probe, bool by_name)
{
	const auto before = Clock::now();
	probe.start();
	if (by_name)
		looking_up_ += Clock::now() - before;
	if (probe.state() == State::connecting)
		active_.push_back(&probe);
}

long Loop::milliseconds_left() const
{
	const auto* next =
	    *std::min_element(active_.begin(), active_.end(), [](const Probe* a, const Probe* b) {
		    return a->deadline() < b->deadline();
	    });
	const auto left = std::chrono::ceil<std::chrono::milliseconds>(next->deadline() - Clock::now());
	return std::max(static_cast<long>(left.count()), 0L);
}

/*
 * Every answer that has come is read at once, but only one connecting probe gets on: its step may
 * be the arithmetic of TLS or SCRAM, and would count as the latency of whoever answers meanwhile.
 */
void Loop::advance(const std::vector<size_t>& ready)
{
	const size_t none = active_.size();
	size_t first = none, next = none;
	for (const size_t place : ready)
	{
		if (active_[place]->state() == State::asking)
		{
			active_[place]->advance();
			continue;
		}
		first = std::min(first, place);
		if (place >= place_)
			next = std::min(next, place);
	}
	const size_t chosen = next != none ? next : first;
	if (chosen == none)
		return;
	place_ = chosen + 1;
	active_[chosen]->advance();
}

void Loop::expire()
{
	const auto now = Clock::now();
	for (Probe* probe : active_)
		if ((probe->state() == State::connecting || probe->state() == State::asking) &&
		    probe->deadline() <= now)
			probe->expire();
}

bool Loop::turn()
{
	start_waiting();
	if (active_.empty())
		return std::any_of(probes_.begin(), probes_.end(),
		                   [](const Probe& probe) { return probe.state() != State::answered; });

	std::vector<pg::SocketWait> sockets;
	for (const Probe* probe : active_)
		sockets.push_back(probe->wait());
	advance(pg::wait_for_sockets(sockets, milliseconds_left(), pg::WaitFor::check));
	expire();
	std::erase_if(active_, [](const Probe* probe) {
		return probe->state() == State::starting || probe->state() == State::answered;
	});
	return true;
}

} // namespace

void run(std::vector<Probe>& probes)
{
	Loop loop(probes);
	while (loop.turn())
	{
	}
}

} // namespace datalinks::remote
