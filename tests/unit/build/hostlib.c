/* SPDX-License-Identifier: MIT */
/* Of lib/string.c only what the build host's C library lacks; the rest comes from there. */
#include "lib.h"

#include <stdlib.h>

uint64_t parse_size(const char *s, const char **end)
{
	char *e;
	uint64_t v = strtoull(s, &e, s[0] == '0' && (s[1] | 0x20) == 'x' ? 16 : 10);

	*end = e;
	return v;
}

__attribute__((weak)) size_t strlcpy(char *d, const char *s, size_t size)
{
	size_t n = strlen(s);

	if (size) {
		size_t m = MIN(n, size - 1);

		memcpy(d, s, m);
		d[m] = '\0';
	}
	return n;
}
