/* SPDX-License-Identifier: MIT */
/*
 * Damage an ELF file, reproducibly: the same file and seed give the same
 * damage.  Aimed at what a loader reads (headers, notes), since random bytes
 * in a kernel's text say nothing about the loader.
 */
#ifndef TEST_MUTATE_H
#define TEST_MUTATE_H

#include <stdint.h>
#include <string.h>

static inline uint32_t mutate_random(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

static inline uint32_t mutate_get(const uint8_t *p, uint32_t bytes)
{
	uint32_t v = 0;

	memcpy(&v, p, bytes);
	return v;
}

struct mutate_range {
	uint32_t start, bytes;
};

/* What matters to a loader: ELF header, program headers, section headers, note segment. */
static inline void mutate_ranges(const uint8_t *b, uint32_t size, struct mutate_range r[4])
{
	uint32_t phnum = mutate_get(b + 44, 2);

	r[0] = (struct mutate_range){ 0, 52 };
	r[1] = (struct mutate_range){ mutate_get(b + 28, 4), phnum * 32 };
	r[2] = (struct mutate_range){ mutate_get(b + 32, 4), mutate_get(b + 48, 2) * 40 };
	r[3] = r[0];
	for (uint32_t i = 0; i < phnum && r[1].start + (i + 1) * 32 <= size; i++) {
		const uint8_t *p = b + r[1].start + i * 32;

		if (mutate_get(p, 4) == 4)
			r[3] = (struct mutate_range){ mutate_get(p + 4, 4), mutate_get(p + 16, 4) };
	}
	for (int i = 1; i < 4; i++)
		if (!r[i].bytes || r[i].start >= size || r[i].bytes > size - r[i].start)
			r[i] = r[0];
}

/* 1 to 8 changes to a valid file of at least 64 bytes, and now and then a shorter file. */
static inline void mutate(uint8_t *b, uint32_t *size, uint32_t seed)
{
	static const uint32_t nasty[] = {
		0,          1,          3,          4,          31,         0x7f,       0x80,
		0xfff,      0x1000,     0xffff,     0x10000,    0x7fffffff, 0x80000000, 0xfffff000,
		0xfffffffe, 0xffffffff, 0xc0000000, 0xf5800000, 0xfc000000,
	};
	static const uint8_t choice[8] = { 0, 0, 1, 1, 1, 2, 3, 3 };
	struct mutate_range ranges[4];
	uint32_t state = seed * 2654435761u | 1, n;

	mutate_ranges(b, *size, ranges);
	for (n = 1 + mutate_random(&state) % 8; n; n--) {
		const struct mutate_range *r = &ranges[choice[mutate_random(&state) % 8]];
		uint32_t at = r->start + mutate_random(&state) % r->bytes, word = at & ~3U, v;
		uint32_t how = mutate_random(&state) % 4;

		if (how == 0 || word + 4 > *size) {
			b[at] ^= 1U << mutate_random(&state) % 8;
			continue;
		}
		if (how == 1)
			v = mutate_random(&state);
		else if (how == 2)
			v = nasty[mutate_random(&state) % (sizeof(nasty) / sizeof(nasty[0]))];
		else
			v = mutate_get(b + word, 4) + mutate_random(&state) % 33 - 16;
		memcpy(b + word, &v, 4);
	}
	if (mutate_random(&state) % 8 == 0)
		*size = mutate_random(&state) % *size;
}

#endif
