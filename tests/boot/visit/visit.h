/* SPDX-License-Identifier: MIT */
/* What the visit's programs share: a failure has a sentence, and a check names its line. */
#ifndef VISIT_H
#define VISIT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define die(fmt, ...)                                                                       \
	do {                                                                                \
		fprintf(stderr, "%s:%d: " fmt " (%s)\n", __FILE__, __LINE__, ##__VA_ARGS__, \
			strerror(errno));                                                   \
		exit(1);                                                                    \
	} while (0)

#define check(cond, fmt, ...)                                  \
	do {                                                   \
		if (!(cond))                                   \
			die("%s: " fmt, #cond, ##__VA_ARGS__); \
	} while (0)

/* Numbers that are the same in every run and differ from page to page. */
static inline unsigned int scramble(unsigned int x)
{
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x * 2654435761U + 1;
}

#endif
