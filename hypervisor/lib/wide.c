/* SPDX-License-Identifier: MIT */
/*
 * Pages cleared and long copies, sixteen bytes at a time.
 *
 * The hypervisor has no use of its own for the FPU: what is in its registers is the
 * guest's, always (cpu/fpu.c), and so is CR0.TS.  Here two of them are borrowed
 * for the length of a copy and given back as they were.  Nothing can come between:
 * interrupts are off, an NMI touches none of them, and what is copied is mapped.
 * Moves change no flag of MXCSR and raise nothing; the upper halves that AVX adds
 * are left alone by instructions of SSE.
 *
 * It is half as many instructions as "rep movs" or fewer. In time that is little: a
 * tenth under QEMU, and nothing is to be expected where string moves are fast.
 */
#include "lib.h"
#include "trust.h"
#include "x86.h"

#define BLOCK 256

bool wide_moves;

struct borrowed {
	uint32_t cr0;
	uint8_t xmm[2][16];
};

static inline void borrow(struct borrowed *b)
{
	b->cr0 = read_cr0();
	if (unlikely(b->cr0 & CR0_TS))
		clts();
	__asm__ volatile("movups %%xmm0, (%0)\n\t"
			 "movups %%xmm1, 16(%0)"
			 :
			 : "r"(b->xmm)
			 : "memory");
}

static inline void give_back(const struct borrowed *b)
{
	TRUST_EFFECT(18, 107,
		     __asm__ volatile("movups (%0), %%xmm0\n\t"
				      "movups 16(%0), %%xmm1"
				      :
				      : "r"(b->xmm)
				      : "memory"));
	if (unlikely(b->cr0 & CR0_TS))
		TRUST_EFFECT(18, 108, write_cr0(b->cr0));
}

/* clang-format off */
#define MOVE(at)                                            \
	"movups " #at "+0(%[s], %[i]), %%xmm0\n\t"          \
	"movups " #at "+16(%[s], %[i]), %%xmm1\n\t"         \
	"movups %%xmm0, " #at "+0(%[d], %[i])\n\t"          \
	"movups %%xmm1, " #at "+16(%[d], %[i])\n\t"
#define ZERO(at)                                            \
	"movaps %%xmm0, " #at "+0(%[d])\n\t"                \
	"movaps %%xmm0, " #at "+16(%[d])\n\t"               \
	"movaps %%xmm0, " #at "+32(%[d])\n\t"               \
	"movaps %%xmm0, " #at "+48(%[d])\n\t"
/* clang-format on */

/* A multiple of BLOCK, more than none. */
static inline void move_blocks(void *d, const void *s, size_t n)
{
	size_t i = -n;

	__asm__ volatile("1:\n\t" MOVE(0) MOVE(32) MOVE(64) MOVE(96) MOVE(128) MOVE(160) MOVE(192)
				 MOVE(224) "add %[block], %[i]\n\t"
					   "jnz 1b"
			 : [i] "+r"(i)
			 : [d] "r"(d + n), [s] "r"(s + n), [block] "i"(BLOCK)
			 : "memory");
}

void copy_long(void *d, const void *s, size_t n)
{
	const size_t wide = n & -BLOCK;
	struct borrowed b;

	if (likely(wide_moves) && wide) {
		borrow(&b);
		move_blocks(d, s, wide);
		give_back(&b);
		d += wide;
		s += wide;
		n -= wide;
	}
	if (n)
		memcpy(d, s, n);
}

void zero_page(void *page)
{
	struct borrowed b;

	if (unlikely(!wide_moves)) {
		memset(page, 0, PAGE_SIZE);
		return;
	}
	borrow(&b);
	__asm__ volatile("xorps %%xmm0, %%xmm0" : : :);
	for (void *d = page; d < page + PAGE_SIZE; d += BLOCK)
		__asm__ volatile(ZERO(0) ZERO(64) ZERO(128) ZERO(192) : : [d] "r"(d) : "memory");
	give_back(&b);
}
