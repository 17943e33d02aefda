/* SPDX-License-Identifier: MIT */
/*
 * Question: does the boot region end as the start-of-day rules of xen.h say?
 *
 * Expected: it ends on a 4 MiB boundary, at least 512 KiB behind the boot stack; all of it is
 * mapped, each page to the frame that its place in the list names; the byte behind it is not.
 */
#include "guest.h"
#include "mm.h"

#define BASE 0xc0000000u

void test_main(void)
{
	uint32_t stack,
		last_table = start_info->pt_base + (start_info->nr_pt_frames - 1) * PAGE_SIZE;
	uint32_t end = last_table + 2 * PAGE_SIZE + (512 << 10);

	asm("mov %%esp, %0" : "=r"(stack));
	end = (end + 0x3fffff) & ~0x3fffffu;
	note("tables at %08x, stack near %08x, the region ends at %08x",
	     (unsigned int)start_info->pt_base, stack, end);
	EXPECT(start_info->pt_base % PAGE_SIZE, 0);
	for (uint32_t va = BASE + (1 << 20); va < end; va += PAGE_SIZE) {
		uint32_t seen = 0;

		if (probe(seen = *(volatile uint32_t *)va) != NO_FAULT) {
			guest_fail("%08x is not mapped", va);
			break;
		}
		(void)seen;
	}
	EXPECT_FAULT(PF, *(volatile uint32_t *)end);
	/* The last page of the region is the frame that the list says, and it is memory of ours. */
	volatile uint32_t *last = (volatile uint32_t *)(end - PAGE_SIZE);
	uint32_t *window = page_alloc();
	uint64_t frame = (uint64_t)p2m[(end - PAGE_SIZE - BASE) / PAGE_SIZE] << 12;

	*last = 0x1234;
	EXPECT(ringone_update_va_mapping((uint32_t)window, frame | PTE_RO, UVMF_INVLPG), 0);
	EXPECT(*(volatile uint32_t *)window, 0x1234);
}
