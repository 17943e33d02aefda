/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_RANDOM_H
#define BACKENDS_RANDOM_H

/*
 * Random numbers that come again with the same seed: SEED in the environment (default 1), ROUNDS
 * multiplies how many rounds the random tests make (default 1).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t random_state;

static inline uint32_t random_32(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state >> 16;
}

static inline uint32_t random_below(uint32_t n)
{
	return n ? random_32() % n : 0;
}

static inline void random_begin(void)
{
	const char *seed = getenv("SEED");

	random_state = (seed ? strtoull(seed, NULL, 0) : 1) * 0x9e3779b97f4a7c15ull | 1;
	for (int i = 0; i < 8; i++)
		random_32();
}

static inline unsigned int random_rounds(unsigned int n)
{
	const char *rounds = getenv("ROUNDS");

	return n * (rounds ? atoi(rounds) : 1);
}

#endif
