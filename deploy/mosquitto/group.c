/* One sync for all that came at once: acknowledgements of Mosquitto 2.0 wait for the journal.
 *
 * Mosquitto is one thread. It answers each message at once, so a journal that must be on disk before
 * the answer syncs once a message. A plugin cannot put an answer off. This library can: loaded
 * before all others (LD_PRELOAD), it has the socket of a publisher say "not writable now" (EAGAIN)
 * while a message of that publisher is not on disk. Mosquitto keeps the answer, as for any slow
 * client, and goes on reading. When no more input is there, or LONGEST_NS later, the journal is
 * synced, once, and the sockets are writable again.
 *
 * Whose message it is says the socket that was read last. That is not trusted: the first message of
 * a connection is on disk before Mosquitto goes on, as without this library. Only if its answer was
 * seen to wait, before anything else was read, do later messages of this connection share a sync
 * with others. So a Mosquitto that reads or writes in another way is slower, and breaks no promise.
 *
 * It works for TLS as well, as OpenSSL reads and writes through the same calls. Tried with Mosquitto
 * 2.0.11 and 2.0.22. journal.c finds it by the names of its functions, and syncs once a message
 * without it.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 65536            /* file numbers; beyond them a sync a message */
#define LONGEST_NS 10000000   /* that a message waits for others */

enum { HELD = 1, PROVEN = 2 };

static struct {
	bool (*commit)(void);
	int read_last;            /* the socket that was */
	int proving;              /* the socket whose answer is due, until something is read */
	int held[MOST];           /* sockets whose answers wait */
	int count;
	int64_t since_ns;
	struct {
		const void *client;
		uint8_t state;
	} of[MOST];               /* sockets */
} group = { .read_last = -1, .proving = -1 };

#define NEXT(name) \
	static __typeof__(&name) next; \
	if (next == NULL) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool waits(int socket)
{
	if (socket < 0 || socket >= MOST || !(group.of[socket].state & HELD)) return false;
	if (socket == group.proving) group.of[socket].state |= PROVEN;
	errno = EAGAIN;
	return true;
}

static void release(bool written)
{
	for (int at = 0; at < group.count; at++) {
		int socket = group.held[at];
		if (!(group.of[socket].state & HELD)) continue; /* closed meanwhile */
		group.of[socket].state &= ~HELD;
		/* the answer that waits never goes out, and its publisher sends again */
		if (!written) shutdown(socket, SHUT_RDWR);
	}
	group.count = 0;
}

/* --- what journal.c calls */

/* Have `commit` called before answers go out. It gives false if it could not write. NULL ends it. */
void pingcheng_group_begin(bool (*commit)(void))
{
	if (commit == NULL) release(true);
	group.commit = commit;
}

/* Have the answer to a client's message wait. False if the message must be on disk now. */
bool pingcheng_group_hold(const void *client)
{
	int socket = group.read_last;
	group.proving = -1;
	if (socket < 0 || socket >= MOST || group.count == MOST) return false;
	if (group.of[socket].client != client) group.of[socket].state &= ~PROVEN;
	group.of[socket].client = client;
	bool proven = group.of[socket].state & PROVEN;
	if (!proven) group.proving = socket;
	if (!(group.of[socket].state & HELD)) {
		if (group.count == 0) group.since_ns = now_ns();
		group.of[socket].state |= HELD;
		group.held[group.count++] = socket;
	}
	return proven;
}

/* Nothing of what waits could be written: cut all off that have sent it. */
void pingcheng_group_drop(void)
{
	release(false);
}

/* --- what Mosquitto and OpenSSL call */

static void reads(int file)
{
	group.read_last = file;
	group.proving = -1;
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
	NEXT(epoll_wait);
	if (group.count == 0) return next(epoll, events, most, timeout_ms);
	if (now_ns() - group.since_ns < LONGEST_NS) {
		int count = next(epoll, events, most, 0), kept = 0;
		for (int at = 0; at < count; at++) {
			events[kept] = events[at];
			events[kept].events &= ~(uint32_t)EPOLLOUT;
			kept += events[kept].events != 0;
		}
		if (kept > 0) return kept;
	}
	if (group.commit()) release(true);
	return next(epoll, events, most, timeout_ms);
}

ssize_t read(int file, void *data, size_t bytes)
{
	NEXT(read);
	reads(file);
	return next(file, data, bytes);
}

ssize_t recv(int socket, void *data, size_t bytes, int flags)
{
	NEXT(recv);
	reads(socket);
	return next(socket, data, bytes, flags);
}

ssize_t write(int file, const void *data, size_t bytes)
{
	NEXT(write);
	return waits(file) ? -1 : next(file, data, bytes);
}

ssize_t send(int socket, const void *data, size_t bytes, int flags)
{
	NEXT(send);
	return waits(socket) ? -1 : next(socket, data, bytes, flags);
}

int close(int file)
{
	NEXT(close);
	if (file >= 0 && file < MOST) group.of[file].state = 0;
	return next(file);
}
