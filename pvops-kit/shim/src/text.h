/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_TEXT_H
#define RINGONE_TEXT_H

/* The little that paths and numbers need; between the shim's own files. */
#include <ringone/shim.h>

static inline size_t text_length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static inline int text_same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* "@dir/@name" in @out; 0 when that does not fit. */
static inline int text_path(char *out, size_t size, const char *dir, const char *name)
{
	size_t d = text_length(dir), n = text_length(name);

	if (d + n + 2 > size)
		return 0;
	__builtin_memcpy(out, dir, d);
	out[d] = '/';
	__builtin_memcpy(out + d + 1, name, n + 1);
	return 1;
}

/* Decimal digits of @n in @out, which has room for 11. */
static inline void text_decimal(char *out, uint32_t n)
{
	char digits[10];
	size_t i = 0;

	do {
		digits[i++] = '0' + n % 10;
		n /= 10;
	} while (n);
	while (i)
		*out++ = digits[--i];
	*out = 0;
}

/* The number @s begins with; @otherwise when it is none, or more than 64 bits hold. */
static inline uint64_t text_number(const char *s, uint64_t otherwise)
{
	uint64_t n = 0;

	if (*s < '0' || *s > '9')
		return otherwise;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (n > (UINT64_MAX >> 4))
			return otherwise;
		n = n * 10 + (*s - '0');
	}
	return n;
}

#endif
