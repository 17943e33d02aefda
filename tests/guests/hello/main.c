/* SPDX-License-Identifier: MIT */
/*
 * Question: does a guest start, and can it speak to who is underneath?
 *
 * Because: it is the shortest run there is; whoever changed something asks this first.
 *
 * Expected: ring 1, start_info of the 32-bit interface with PAE and some memory, events masked, a
 * hypercall that answers and a number that nobody has.
 */
#include "guest.h"

void test_main(void)
{
	unsigned int cs;

	asm("mov %%cs, %0" : "=r"(cs));
	EXPECT(cs & 3, 1);
	for (const char *want = "xen-3.0-x86_32p", *is = start_info->magic; *want; want++, is++)
		CHECK(*is == *want, "start_info begins with %s", start_info->magic);
	CHECK(start_info->nr_pages > 256, "%lu pages of memory", start_info->nr_pages);
	EXPECT(vcpu->evtchn_upcall_mask, 1);
	CHECK(ringone_xen_version(XENVER_version, NULL) >> 16 >= 4, "no version of today's");
	EXPECT(ringone_call(63, 0, 0, 0, 0, 0), -XEN_ENOSYS);
}
