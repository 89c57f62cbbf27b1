// relay PORT-FILE TARGET-PORT MICROSECONDS: a remote that is further away. It takes connections on
// a free port of 127.0.0.1, which it writes into the file, and passes on what comes, either way,
// that much later; how much is on its way at once it hardly limits (4 MB in each direction).

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace
{
using Clock = std::chrono::steady_clock;

constexpr std::size_t capacity = 4 << 20;
constexpr std::size_t most_at_once = 256 << 10;

[[noreturn]] void fail(const char* what)
{
	perror(what);
	exit(1);
}

/// One direction of a connection: a ring of bytes, and when how many of them are due.
class Direction
{
public:
	Direction(int from, int to) : from_(from), to_(to), ring_(new char[capacity]) {}

	int from() const
	{
		return from_;
	}

	int to() const
	{
		return to_;
	}

	bool wants_more() const
	{
		return !ended_ && held_ < capacity;
	}

	/// Nothing more comes, and all that came has been passed on.
	bool over() const
	{
		return ended_ && passed_end_;
	}

	bool waits() const
	{
		return !pieces_.empty();
	}

	Clock::time_point due() const
	{
		return pieces_.front().due;
	}

	void take_in(Clock::duration delay)
	{
		const std::size_t end = (begin_ + held_) % capacity;
		const std::size_t room = std::min({capacity - held_, capacity - end, most_at_once});
		const ssize_t size = read(from_, ring_.get() + end, room);
		if (size < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		// The end is passed on like the rest: a piece of nothing.
		ended_ = size <= 0;
		const std::size_t taken = ended_ ? 0 : static_cast<std::size_t>(size);
		held_ += taken;
		pieces_.push_back({Clock::now() + delay, taken});
	}

	void pass_on()
	{
		const auto now = Clock::now();
		while (waits() && due() <= now)
		{
			Piece& piece = pieces_.front();
			if (piece.size == 0)
			{
				shutdown(to_, SHUT_WR);
				passed_end_ = true;
			}
			else if (!send_some(piece))
				return;
			if (piece.size == 0)
				pieces_.pop_front();
		}
	}

private:
	struct Piece
	{
		Clock::time_point due;
		std::size_t size;
	};

	/// False where the socket takes no more now. Whoever is gone takes everything.
	bool send_some(Piece& piece)
	{
		const std::size_t size = std::min(piece.size, capacity - begin_);
		const ssize_t sent = send(to_, ring_.get() + begin_, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		const std::size_t gone = sent < 0 ? size : static_cast<std::size_t>(sent);
		begin_ = (begin_ + gone) % capacity;
		held_ -= gone;
		piece.size -= gone;
		return true;
	}

	int from_, to_;
	std::unique_ptr<char[]> ring_;
	std::size_t begin_ = 0, held_ = 0;
	bool ended_ = false, passed_end_ = false;
	std::deque<Piece> pieces_;
};

struct Connection
{
	Direction there, back;
};

void set_up(int socket)
{
	const int on = 1;
	setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(socket, F_SETFL, O_NONBLOCK);
}

sockaddr* generic(sockaddr_in& address)
{
	return reinterpret_cast<sockaddr*>(&address);
}

sockaddr_in loopback(int port)
{
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(static_cast<unsigned short>(port));
	return address;
}

class Relay
{
public:
	Relay(int listener, int target_port, Clock::duration delay)
	    : listener_(listener), target_port_(target_port), delay_(delay)
	{
	}

	/// Waits until something comes, can be written, or is due.
	void turn()
	{
		std::vector<pollfd> wanted{{listener_, POLLIN, 0}};
		const auto now = Clock::now();
		auto next = Clock::time_point::max();
		for (const auto& connection : connections_)
			for (const Direction* direction : {&connection->there, &connection->back})
			{
				const bool late = direction->waits() && direction->due() <= now;
				if (direction->waits() && !late)
					next = std::min(next, direction->due());
				wanted.push_back({direction->wants_more() ? direction->from() : -1, POLLIN, 0});
				wanted.push_back({late ? direction->to() : -1, POLLOUT, 0});
			}
		wait(wanted, now, next);
		for (std::size_t i = 0; i < connections_.size(); ++i)
		{
			serve(connections_[i]->there, wanted[1 + 4 * i].revents);
			serve(connections_[i]->back, wanted[3 + 4 * i].revents);
		}
		std::erase_if(connections_, [](const auto& connection) { return ended(*connection); });
		if (wanted[0].revents)
			accept_one();
	}

private:
	static void wait(std::vector<pollfd>& wanted, Clock::time_point now, Clock::time_point next)
	{
		const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(next - now).count();
		const timespec limit{left / 1000000000, left % 1000000000};
		const bool limited = next != Clock::time_point::max();
		if (ppoll(wanted.data(), wanted.size(), limited ? &limit : nullptr, nullptr) < 0)
			fail("ppoll");
	}

	void serve(Direction& direction, short came) const
	{
		if (came)
			direction.take_in(delay_);
		direction.pass_on();
	}

	static bool ended(const Connection& connection)
	{
		if (!connection.there.over() || !connection.back.over())
			return false;
		close(connection.there.from());
		close(connection.there.to());
		return true;
	}

	void accept_one()
	{
		const int near = accept(listener_, nullptr, nullptr);
		const int far = socket(AF_INET, SOCK_STREAM, 0);
		sockaddr_in target = loopback(target_port_);
		if (near < 0 || far < 0 || connect(far, generic(target), sizeof(target)) != 0)
		{
			close(near);
			close(far);
			return;
		}
		set_up(near);
		set_up(far);
		connections_.push_back(
		    std::make_unique<Connection>(Direction(near, far), Direction(far, near)));
	}

	int listener_, target_port_;
	Clock::duration delay_;
	std::vector<std::unique_ptr<Connection>> connections_;
};
} // namespace

int main(int argc, char** argv)
{
	if (argc != 4)
		return 2;
	prctl(PR_SET_TIMERSLACK, 1000UL); // a microsecond: a sleep ends when it should
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	const int listener = socket(AF_INET, SOCK_STREAM, 0);
	sockaddr_in own = loopback(0);
	socklen_t size = sizeof(own);
	if (listener < 0 || bind(listener, generic(own), size) != 0 || listen(listener, 64) != 0 ||
	    getsockname(listener, generic(own), &size) != 0)
		fail("listen");
	FILE* file = fopen(argv[1], "w");
	if (file == nullptr || fprintf(file, "%d\n", ntohs(own.sin_port)) < 0 || fclose(file) != 0)
		fail(argv[1]);
	Relay relay(listener, atoi(argv[2]), std::chrono::microseconds(atol(argv[3])));
	for (;;)
		relay.turn();
}
