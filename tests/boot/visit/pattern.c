/* SPDX-License-Identifier: MIT */
/*
 * Known data that looks like noise, for devices to carry: written to standard
 * output or compared with standard input.  The host's side (tests/boot/hardware)
 * makes the same bytes.
 *
 *	pattern write MIB | pattern check MIB
 *
 * Chunk i has 64 KiB: i in eight bytes, little-endian, then a window of one
 * block of noise, which begins at (i * 4093) % 65536.  A chunk that is lost,
 * doubled, stale or in another's place is seen; the first such is named.
 */
#include <stdint.h>
#include <unistd.h>

#include "visit.h"

#define CHUNK   65536
#define PER_MIB (1048576 / CHUNK)

static uint8_t noise[2 * CHUNK], want[CHUNK], got[CHUNK];

static void make_noise(void)
{
	uint32_t x = 1;

	for (unsigned int i = 0; i < sizeof(noise); i++) {
		x = x * 1103515245 + 12345;
		noise[i] = x >> 16;
	}
}

static void make_chunk(uint64_t i)
{
	for (int b = 0; b < 8; b++)
		want[b] = i >> 8 * b;
	memcpy(want + 8, noise + i * 4093 % CHUNK, CHUNK - 8);
}

/* Pipes give what they have: read until the chunk is full. */
static size_t read_chunk(void)
{
	size_t n = 0;

	while (n < CHUNK) {
		ssize_t more = read(STDIN_FILENO, got + n, CHUNK - n);

		check(more >= 0, "reading");
		if (!more)
			break;
		n += more;
	}
	return n;
}

static void write_chunk(void)
{
	for (size_t n = 0; n < CHUNK;) {
		ssize_t more = write(STDOUT_FILENO, want + n, CHUNK - n);

		check(more > 0, "writing");
		n += more;
	}
}

int main(int argc, char **argv)
{
	uint64_t chunks;

	check(argc == 3, "usage: pattern write|check MIB");
	chunks = strtoull(argv[2], NULL, 10) * PER_MIB;
	make_noise();
	for (uint64_t i = 0; i < chunks; i++) {
		make_chunk(i);
		if (!strcmp(argv[1], "write")) {
			write_chunk();
			continue;
		}
		size_t n = read_chunk();

		check(n == CHUNK, "chunk %llu has %zu bytes", (unsigned long long)i, n);
		check(!memcmp(got, want, CHUNK), "chunk %llu is another", (unsigned long long)i);
	}
	if (!strcmp(argv[1], "check")) {
		check(read_chunk() == 0, "there is more than %s MiB", argv[2]);
		printf("%s MiB are as they should be\n", argv[2]);
	}
	return 0;
}
