/* SPDX-License-Identifier: MIT */
/*
 * Question: does update_va_mapping change the mapping and flush as it is told?
 *
 * Expected: NONE, TLB_FLUSH and INVLPG, local, all and for a mask of VCPUs, each succeed and the
 * new mapping is seen (with NONE after a flush by hand); addresses without an L1 and addresses in
 * the hole are refused; a VCPU mask at a bad address is -EFAULT or does no harm.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	static const unsigned long how[] = {
		UVMF_TLB_FLUSH | UVMF_LOCAL,
		UVMF_INVLPG | UVMF_LOCAL,
		UVMF_TLB_FLUSH | UVMF_ALL,
		UVMF_INVLPG | UVMF_ALL,
		UVMF_NONE,
	};
	static uint32_t mask[2] __attribute__((aligned(16))) = { 1 };
	volatile char *va = page_alloc();
	char *a = page_alloc(), *b = page_alloc();
	uint64_t pte_a = virt_to_machine(a), pte_b = virt_to_machine(b);

	*a = 'a';
	*b = 'b';
	for (unsigned int i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		EXPECT(ringone_update_va_mapping((unsigned long)va, pte_a | PTE_RW, UVMF_INVLPG),
		       0);
		EXPECT(*va, 'a');
		EXPECT(ringone_update_va_mapping((unsigned long)va, pte_b | PTE_RW, how[i]), 0);
		if (how[i] == UVMF_NONE)
			EXPECT(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
		EXPECT(*va, 'b');
	}
	EXPECT(ringone_update_va_mapping((unsigned long)va, pte_a | PTE_RW,
					 (unsigned long)mask | UVMF_TLB_FLUSH),
	       0);
	EXPECT(*va, 'a');
	EXPECT(ringone_update_va_mapping((unsigned long)va, pte_b | PTE_RW,
					 (unsigned long)mask | UVMF_INVLPG),
	       0);
	EXPECT(*va, 'b');
	note("mask in the hole: %ld", ringone_update_va_mapping((unsigned long)va, pte_a | PTE_RW,
								0xfffffff0 | UVMF_INVLPG));
	note("mask unmapped: %ld",
	     ringone_update_va_mapping((unsigned long)va, pte_a | PTE_RW, 0x1000 | UVMF_INVLPG));
	EXPECT(ringone_update_va_mapping((unsigned long)va, pte_b | PTE_RO, UVMF_INVLPG), 0);
	EXPECT_FAULT(PF, *va = 1);
	EXPECT(trap.error & 7, 3);
	EXPECT(ringone_update_va_mapping((unsigned long)va, 0, UVMF_INVLPG), 0);
	EXPECT_FAULT(PF, *va);
	EXPECT(trap.error & 7, 0);

	CHECK(ringone_update_va_mapping(0x40000000, pte_a | PTE_RW, UVMF_INVLPG) < 0,
	      "no L1 there");
	CHECK(ringone_update_va_mapping(m2p_range.v_start, pte_a | PTE_RW, UVMF_INVLPG) < 0,
	      "over the M2P");
	CHECK(ringone_update_va_mapping(0xfffff000, pte_a | PTE_RW, UVMF_INVLPG) < 0,
	      "in the hole");
	CHECK(ringone_update_va_mapping_otherdomain((unsigned long)va, pte_a | PTE_RW, UVMF_INVLPG,
						    1234) < 0,
	      "a domain that does not exist");
}
