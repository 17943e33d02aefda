/* SPDX-License-Identifier: MIT */
/*
 * Single words of guest memory, for the hot paths: what copy_from_guest_raw
 * does, at the price of one instruction a word.  The range is checked first,
 * by guest_words_ok() for as many words as will be touched; a page that is
 * missing makes the access return false.
 */
#ifndef RINGONE_GUEST_WORD_H
#define RINGONE_GUEST_WORD_H

#include "domain.h"
#include "mm.h"

/* Where a fault at label 1 goes on: a label of the C function around it. */
#define GUEST_FAULT_AT(label) \
	"\n\t.pushsection .extable, \"a\"\n\t.long 1b, %l[" #label "]\n\t.popsection"

/*
 * May d, the current domain, name these bytes?  The same rule as guest_range_ok
 * (TRUST 8).  A length that is a number in the source is small: it can be taken
 * from the end without wrapping, and one comparison is enough.
 */
static inline __attribute__((always_inline)) bool guest_words_ok(const struct domain *d,
								 uint32_t va, uint32_t bytes)
{
	if (__builtin_constant_p(bytes))
		return TRUST_CHECK(8, 3, va <= guest_range_end(d) - bytes);
	return range_below(va, bytes, guest_range_end(d));
}

static inline __attribute__((always_inline)) bool get_guest_word(uint32_t *to, uint32_t va)
{
	uint32_t v = 0;

	/* Volatile by being asm goto: each word is read when and as often as the source says. */
	__asm__ goto("1: movl %[from], %[v]" GUEST_FAULT_AT(fault)
		     : [v] "=r"(v)
		     : [from] "m"(*(const uint32_t *)va)
		     :
		     : fault);
	*to = v;
	return true;
fault:
	return false;
}

static inline __attribute__((always_inline)) bool put_guest_word(uint32_t va, uint32_t v)
{
	__asm__ goto("1: movl %[v], %[to]" GUEST_FAULT_AT(fault)
		     :
		     : [v] "r"(v), [to] "m"(*(uint32_t *)va)
		     : "memory"
		     : fault);
	return true;
fault:
	return false;
}

#endif
