/* SPDX-License-Identifier: MIT */
/* The few libc functions that freestanding code needs, and bit searches. */
#ifndef RINGONE_LIB_H
#define RINGONE_LIB_H

#include "types.h"

/* memcpy() inline, of what is short. */
static inline void copy_words(void *d, const void *s, size_t n)
{
#ifdef __i386__
	size_t words = n / 4;

	__asm__ volatile("rep movsl" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
	if (n & 3) {
		words = n & 3;
		__asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
	}
#else
	__builtin_memcpy(d, s, n);
#endif
}

void *memset(void *p, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);
/* lib/wide.c: the same for much, and four kilobytes of zeros at a multiple of them. */
extern bool wide_moves; /* the processor can, and is set up for it */
void copy_long(void *d, const void *s, size_t n);
#define LONG_COPY 512 /* bytes from which it is worth it */
void zero_page(void *page);
void *memmove(void *d, const void *s, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
size_t strlcpy(char *d, const char *s, size_t size);
/* Number with optional 0x and suffix k, M, G; *end as in strtoul. */
uint64_t parse_size(const char *s, const char **end);

/* 64-bit division without libgcc: quotient, remainder through *rem (may be NULL). */
uint64_t div64_32(uint64_t n, uint32_t d, uint32_t *rem);

/* In these the processor finds the word itself: n is an offset from the first one. */
static inline bool test_bit(uint32_t n, const volatile void *map)
{
#ifdef __i386__
	bool is;

	__asm__ volatile("btl %[n], %[map]"
			 : "=@ccc"(is)
			 : [map] "m"(*(const volatile uint32_t *)map), [n] "Ir"(n)
			 : "memory");
	return is;
#else
	return (((const volatile uint32_t *)map)[n / 32] >> (n % 32)) & 1;
#endif
}

static inline bool test_and_set_bit(uint32_t n, volatile void *map)
{
#ifdef __i386__
	bool was;

	__asm__ volatile("lock btsl %[n], %[map]"
			 : "=@ccc"(was), [map] "+m"(*(volatile uint32_t *)map)
			 : [n] "Ir"(n)
			 : "memory");
	return was;
#else
	uint32_t bit = 1U << (n % 32);

	return __atomic_fetch_or(&((volatile uint32_t *)map)[n / 32], bit, __ATOMIC_SEQ_CST) & bit;
#endif
}

static inline bool test_and_clear_bit(uint32_t n, volatile void *map)
{
	uint32_t bit = 1U << (n % 32);

	return __atomic_fetch_and(&((volatile uint32_t *)map)[n / 32], ~bit, __ATOMIC_SEQ_CST) &
	       bit;
}

static inline void set_bit(uint32_t n, volatile void *map)
{
	test_and_set_bit(n, map);
}

static inline void clear_bit(uint32_t n, volatile void *map)
{
	test_and_clear_bit(n, map);
}

#endif
