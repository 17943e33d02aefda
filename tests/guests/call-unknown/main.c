/* SPDX-License-Identifier: MIT */
/*
 * Question: what does a hypercall number nobody implements return?
 *
 * Expected: -ENOSYS, through the page and through the interrupt, up to 0xffffffff, and the
 * argument registers do no harm whatever they hold.
 */
#include "guest.h"

void test_main(void)
{
	static const uint32_t numbers[] = { 11, 44, 47, 56, 63, 64, 100, 127 };
	static const uint32_t far[] = { 128, 255, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff };

	for (unsigned int i = 0; i < sizeof(numbers) / 4; i++)
		EXPECT(ringone_call(numbers[i], -1, -1, -1, -1, -1), -XEN_ENOSYS);
	for (unsigned int i = 0; i < sizeof(numbers) / 4; i++)
		EXPECT(ringone_trap_call(numbers[i], 0, 0, 0, 0, 0), -XEN_ENOSYS);
	for (unsigned int i = 0; i < sizeof(far) / 4; i++)
		EXPECT(ringone_trap_call(far[i], -1, -1, -1, -1, -1), -XEN_ENOSYS);
	/* x86-64 only */
	EXPECT(ringone_call(__HYPERVISOR_set_segment_base, 0, 0, 0, 0, 0), -XEN_ENOSYS);
}
