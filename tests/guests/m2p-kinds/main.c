/* SPDX-License-Identifier: MIT */
/*
 * Question: does a modern kernel have the addresses of the classic M2P to itself, although a classic
 * kernel that ran just before it saw the M2P there?
 *
 * Because: the M2P's entries are global and outlive a change of CR3. A translation that a classic
 * domain left behind would show the next one another memory than its tables say.
 *
 * Expected: what this kernel, a modern one, writes at 0xF5800000 it reads there, before and after a
 * second, classic, domain has read its M2P at the same address; and that one finds its M2P.
 */
#include "second.h"
#include "event.h"

#define CLASSIC_M2P 0xF5800000ul

static struct second s;

static void reads(void)
{
	volatile const uint32_t *m2p = (volatile const uint32_t *)CLASSIC_M2P;
	xen_pfn_t frame = virt_to_mfn(&s);

	EXPECT(m2p_range.v_start, CLASSIC_M2P);
	for (;;) {
		EXPECT(m2p[frame], ((unsigned long)&s - GUEST_VIRT_BASE) / PAGE_SIZE);
		(void)m2p[0];
		second_mail->word[1]++;
		ringone_sched_op(SCHEDOP_yield, NULL);
	}
}

void test_main(void)
{
	volatile uint32_t *mine = (volatile uint32_t *)CLASSIC_M2P;

	second_need();
	map_page(CLASSIC_M2P, virt_to_mfn(page_alloc()), PTE_RW);
	mine[0] = 0x12345678;
	second_make(&s, reads);
	second_unpause(&s);
	for (unsigned int i = 1; i < 10; i++) {
		CHECK(second_wait_word(&s, 1, i, 5000), "the second domain does not run");
		EXPECT(mine[0], 0x12345678);
		EXPECT_FAULT(NO_FAULT, mine[0] = 0x12345678);
	}
	EXPECT(second_wait(&s, 0), -1); /* it had nothing to complain of */
	second_destroy(&s);
}
