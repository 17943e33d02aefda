/* SPDX-License-Identifier: MIT */
/*
 * What a guest's program sees of operations that other domains carry out, in ticks of the time
 * stamp counter, which under "qemu -icount shift=0" are instructions of everybody. Typed into
 * guests by tests/bench/between.
 *
 *	ops read DEVICE BYTES ROUNDS	reads past the page cache, one request at a time
 *	ops echo PORT			sends each UDP packet back where it came from
 *	ops udp HOST PORT BYTES ROUNDS	a packet there and back
 *	ops store ROUNDS		reads and writes a node; a write until its watch fires
 *
 * Prints "OPS NAME TICKS", the cheapest of the rounds.  Exit status: 0, 1 something failed, 2 usage.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>

static uint64_t tick(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void print(const char *name, uint64_t best)
{
	printf("OPS %s %llu\n", name, (unsigned long long)best);
}

static int disk(const char *device, unsigned int bytes, unsigned int rounds)
{
	int fd = open(device, O_RDONLY | O_DIRECT);
	uint64_t best = -1;
	char name[32];
	void *buffer;

	must(fd >= 0 && !posix_memalign(&buffer, 4096, bytes), device);
	memset(buffer, 0, bytes);
	for (unsigned int i = 0; i < rounds; i++) {
		uint64_t t = tick();

		must(pread(fd, buffer, bytes, 0) == (ssize_t)bytes, "read");
		t = tick() - t;
		best = t < best ? t : best;
	}
	snprintf(name, sizeof(name), "read_%u", bytes);
	print(name, best);
	return 0;
}

static void __attribute__((noreturn)) echo(unsigned int port)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(port) }, who;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char packet[2048];

	must(fd >= 0 && !bind(fd, (struct sockaddr *)&here, sizeof(here)), "bind");
	for (;;) {
		socklen_t n = sizeof(who);
		ssize_t len = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&who, &n);

		must(len >= 0 && sendto(fd, packet, len, 0, (struct sockaddr *)&who, n) == len,
		     "echo");
	}
}

static int udp(const char *host, unsigned int port, unsigned int bytes, unsigned int rounds)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	static char packet[2048];
	uint64_t best = -1;
	char name[32];

	must(fd >= 0 && inet_pton(AF_INET, host, &there.sin_addr) == 1 &&
		     !connect(fd, (struct sockaddr *)&there, sizeof(there)),
	     host);
	for (unsigned int i = 0; i < rounds; i++) {
		uint64_t t = tick();

		must(send(fd, packet, bytes, 0) == (ssize_t)bytes, "send");
		must(recv(fd, packet, sizeof(packet), 0) == (ssize_t)bytes, "receive");
		t = tick() - t;
		best = t < best ? t : best;
	}
	snprintf(name, sizeof(name), "udp_%u", bytes);
	print(name, best / 2);
	return 0;
}

/* A message of the store's. */
struct message {
	struct xsd_sockmsg m;
	char text[256];
};

static int store;

/* The next message, whole. */
static void take(struct message *m)
{
	size_t have = 0;

	while (have < sizeof(m->m) || have < sizeof(m->m) + m->m.len) {
		size_t want = sizeof(m->m) + (have < sizeof(m->m) ? 0 : m->m.len) - have;
		ssize_t n;

		must(want <= sizeof(*m) - have, "a message that long");
		n = read(store, (char *)m + have, want);
		must(n > 0, "reading the store");
		have += n;
	}
}

static void ask(uint32_t kind, const char *a, size_t a_len, const char *b, size_t b_len, int event)
{
	struct message m = { .m = { .type = kind, .req_id = 1, .len = a_len + b_len } };
	ssize_t len = sizeof(m.m) + m.m.len;
	int answered = 0;

	memcpy(m.text, a, a_len);
	memcpy(m.text + a_len, b, b_len);
	must(write(store, &m, len) == len, "writing to the store");
	while (!answered || event) {
		take(&m);
		must(m.m.type != XS_ERROR, m.text);
		if (m.m.type == XS_WATCH_EVENT)
			event = 0;
		else
			answered = 1;
	}
}

static int store_ops(unsigned int rounds)
{
	uint64_t best[3] = { -1, -1, -1 };

	store = open("/dev/xen/xenbus", O_RDWR);
	must(store >= 0, "/dev/xen/xenbus");
	ask(XS_WRITE, "data/ops", 9, "x", 1, 0);
	for (unsigned int i = 0; i < 3 * rounds; i++) {
		uint64_t t;

		if (i == 2 * rounds)
			ask(XS_WATCH, "data/ops", 9, "w", 2, 1); /* fires once at first */
		t = tick();
		if (i < rounds)
			ask(XS_READ, "data/ops", 9, "", 0, 0);
		else
			ask(XS_WRITE, "data/ops", 9, "y", 1, i >= 2 * rounds);
		t = tick() - t;
		if (t < best[i / rounds])
			best[i / rounds] = t;
	}
	print("store_read", best[0]);
	print("store_write", best[1]);
	print("store_watch", best[2]);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "read") && argc == 5)
		return disk(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (!strcmp(what, "echo") && argc == 3)
		echo(atoi(argv[2]));
	if (!strcmp(what, "udp") && argc == 6)
		return udp(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
	if (!strcmp(what, "store") && argc == 3)
		return store_ops(atoi(argv[2]));
	fprintf(stderr, "ops: usage: read DEVICE BYTES N | echo PORT | udp HOST PORT BYTES N | "
			"store N\n");
	return 2;
}
