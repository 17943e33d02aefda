/* SPDX-License-Identifier: MIT */
/* What GCC expects of any environment, and a little string handling. */
#include "lib.h"

void *memset(void *p, int c, size_t n)
{
	void *d = p;
	size_t words = n / 4;

	__asm__ volatile("rep stosl\n\tmov %3, %1\n\trep stosb"
			 : "+D"(d), "+c"(words)
			 : "a"((c & 0xff) * 0x01010101U), "r"(n & 3)
			 : "memory");
	return p;
}

void *memcpy(void *d, const void *s, size_t n)
{
	void *to = d;
	size_t words = n / 4;

	__asm__ volatile("rep movsl\n\tmov %3, %2\n\trep movsb"
			 : "+D"(to), "+S"(s), "+c"(words)
			 : "r"(n & 3)
			 : "memory");
	return d;
}

void *memmove(void *d, const void *s, size_t n)
{
	char *to = d;
	const char *from = s;

	if (to <= from || to >= from + n)
		return memcpy(d, s, n);
	while (n--)
		to[n] = from[n];
	return d;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

/* Copies at most size - 1 bytes and always terminates; returns strlen(s). */
size_t strlcpy(char *d, const char *s, size_t size)
{
	size_t n = strlen(s);

	if (size) {
		size_t m = MIN(n, size - 1);

		memcpy(d, s, m);
		d[m] = '\0';
	}
	return n;
}

uint64_t div64_32(uint64_t n, uint32_t d, uint32_t *rem)
{
	uint32_t high = n >> 32, low = n, qh = high / d, ql, r = high % d;

	/* r < d, so the second step cannot overflow its 32-bit quotient. */
	__asm__("divl %4" : "=a"(ql), "=d"(r) : "0"(low), "1"(r), "rm"(d) : "cc");
	if (rem)
		*rem = r;
	return ((uint64_t)qh << 32) | ql;
}

uint64_t parse_size(const char *s, const char **end)
{
	uint64_t v = 0;
	uint32_t base = 10;

	if (s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		s += 2;
	}
	for (;; s++) {
		uint32_t digit;

		if (*s >= '0' && *s <= '9')
			digit = *s - '0';
		else if (base == 16 && (*s | 0x20) >= 'a' && (*s | 0x20) <= 'f')
			digit = (*s | 0x20) - 'a' + 10;
		else
			break;
		v = v * base + digit;
	}
	switch (*s | 0x20) {
	case 'g':
		v <<= 10;
		/* fall through */
	case 'm':
		v <<= 10;
		/* fall through */
	case 'k':
		v <<= 10;
		s++;
	}
	if (end)
		*end = s;
	return v;
}
