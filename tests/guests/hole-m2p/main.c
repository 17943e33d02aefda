/* SPDX-License-Identifier: MIT */
/*
 * Question (Bochs only): where exactly do a guest's segments end?
 *
 * Expected: the M2P's last byte reads, the next one is #GP from the limit.
 */
#include "hole.h"

void test_main(void)
{
	uint32_t end = m2p_range.v_end;

	note("M2P %08x to %08x", (unsigned int)m2p_range.v_start, end);
	EXPECT(probe(asm volatile("movb (%0), %%al" : : "r"(end - 1) : "eax")), NO_FAULT);
	EXPECT(probe(asm volatile("movl (%0), %%eax" : : "r"(end - 4) : "eax")), NO_FAULT);
	unsigned int v = probe(asm volatile("movb (%0), %%al" : : "r"(end) : "eax"));

	CHECK(v == GP && trap.error == 0, "vector %x error %x", v, trap.error);
	/* And it cannot be written up to there. */
	EXPECT(probe(asm volatile("movb %%al, (%0)" : : "r"(end - 1) : "memory")), PF);
}
