/*
 * relay PORT-FILE TARGET-PORT MICROSECONDS: a remote that is further away. It takes connections on
 * a free port of 127.0.0.1, which it writes into the file, and passes on what comes, either way,
 * that much later; how much comes at once it does not limit.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum
{
	chunk_size = 128 << 10,
	most_chunks = 512, /* on their way in one direction: far more than the delay holds */
	most_ways = 256
};

struct chunk
{
	long due;
	int size, sent;
	struct chunk *next;
	char bytes[chunk_size];
};

/* One direction of a connection. */
struct way
{
	int from, to;
	int chunks;
	int ended; /* nothing more comes */
	struct chunk *first, *last;
};

static struct way ways[most_ways];
static int way_count;
static long delay;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

static void take_in(struct way *way)
{
	struct chunk *chunk = malloc(sizeof(*chunk));
	if (chunk == NULL)
		fail("malloc");
	ssize_t size = read(way->from, chunk->bytes, chunk_size);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
	{
		free(chunk);
		return;
	}
	/* The end is passed on like the rest: a chunk of nothing. */
	chunk->size = size > 0 ? (int)size : 0;
	chunk->sent = 0;
	chunk->due = now() + delay;
	chunk->next = NULL;
	way->ended = size <= 0;
	*(way->first != NULL ? &way->last->next : &way->first) = chunk;
	way->last = chunk;
	++way->chunks;
}

static void pass_on(struct way *way)
{
	while (way->first != NULL && way->first->due <= now())
	{
		struct chunk *chunk = way->first;
		if (chunk->size == 0)
			shutdown(way->to, SHUT_WR);
		else
		{
			ssize_t sent = send(way->to, chunk->bytes + chunk->sent,
			                    (size_t)(chunk->size - chunk->sent), MSG_NOSIGNAL | MSG_DONTWAIT);
			if (sent < 0 && errno == EAGAIN)
				return;
			chunk->sent = sent < 0 ? chunk->size : chunk->sent + (int)sent;
		}
		if (chunk->sent < chunk->size)
			continue;
		way->first = chunk->next;
		--way->chunks;
		free(chunk);
	}
}

static void set_up(int socket)
{
	int on = 1;
	setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(socket, F_SETFL, O_NONBLOCK);
}

static void begin_way(int from, int to)
{
	ways[way_count++] = (struct way){.from = from, .to = to};
}

static void accept_one(int listener, struct sockaddr_in target)
{
	int near = accept(listener, NULL, NULL);
	int far = socket(AF_INET, SOCK_STREAM, 0);
	if (near < 0 || far < 0 || way_count + 2 > most_ways ||
	    connect(far, (struct sockaddr *)&target, sizeof(target)) != 0)
	{
		close(near);
		close(far);
		return;
	}
	set_up(near);
	set_up(far);
	begin_way(near, far);
	begin_way(far, near);
}

/* The ways of a connection stand side by side; both are over when both have ended and are empty. */
static void forget_ended(void)
{
	for (int i = 0; i < way_count;)
	{
		struct way *one = &ways[i], *other = &ways[i + 1];
		if (!one->ended || !other->ended || one->chunks > 0 || other->chunks > 0)
		{
			i += 2;
			continue;
		}
		close(one->from);
		close(other->from);
		way_count -= 2;
		ways[i] = ways[way_count];
		ways[i + 1] = ways[way_count + 1];
	}
}

/* One turn: waits until something comes, can be written, or is due. */
static void turn(int listener, struct sockaddr_in target)
{
	struct pollfd wanted[1 + 2 * most_ways];
	long next = -1, time = now();
	wanted[0] = (struct pollfd){listener, POLLIN, 0};
	for (int i = 0; i < way_count; ++i)
	{
		struct way *way = &ways[i];
		const struct chunk *first = way->first;
		int reads = !way->ended && way->chunks < most_chunks;
		int writes = first != NULL && first->due <= time;
		wanted[1 + 2 * i] = (struct pollfd){reads ? way->from : -1, POLLIN, 0};
		wanted[2 + 2 * i] = (struct pollfd){writes ? way->to : -1, POLLOUT, 0};
		if (first != NULL && !writes && (next < 0 || first->due - time < next))
			next = first->due - time;
	}
	struct timespec limit = {next / 1000000, next % 1000000 * 1000};
	int count = way_count;
	if (ppoll(wanted, (nfds_t)(1 + 2 * count), next < 0 ? NULL : &limit, NULL) < 0)
		fail("ppoll");
	for (int i = 0; i < count; ++i)
	{
		if (wanted[1 + 2 * i].revents)
			take_in(&ways[i]);
		pass_on(&ways[i]);
	}
	forget_ended();
	if (wanted[0].revents)
		accept_one(listener, target);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	struct sockaddr_in own = {.sin_family = AF_INET}, target = own;
	socklen_t size = sizeof(own);
	own.sin_addr.s_addr = target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	target.sin_port = htons((unsigned short)atoi(argv[2]));
	delay = atol(argv[3]);
	prctl(PR_SET_TIMERSLACK, 1000UL); /* a microsecond: a sleep ends when it should */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&own, sizeof(own)) != 0 ||
	    listen(listener, 64) != 0 || getsockname(listener, (struct sockaddr *)&own, &size) != 0)
		fail("listen");
	FILE *file = fopen(argv[1], "w");
	if (file == NULL || fprintf(file, "%d\n", ntohs(own.sin_port)) < 0 || fclose(file) != 0)
		fail(argv[1]);
	for (;;)
		turn(listener, target);
}
