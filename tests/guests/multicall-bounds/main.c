/* SPDX-License-Identifier: MIT */
/*
 * Question: is a batch whose array cannot be one refused before anything of it is done?
 *
 * Expected: -EFAULT and an untouched first entry, for counts whose size in bytes wraps around
 * 2^32 and for arrays that begin in good memory and reach the hypervisor's hole.
 */
#include "guest.h"

static multicall_entry_t m[2];

static void refused(uint32_t count)
{
	m[0] = (multicall_entry_t){ .op = __HYPERVISOR_xen_version, .result = 0x55 };
	m[1] = m[0];
	EXPECT(ringone_multicall(m, count), -XEN_EFAULT);
	EXPECT(m[0].result, 0x55);
}

void test_main(void)
{
	refused(0xffffffff);
	refused(0x80000000);
	refused(0x08000001); /* 32 bytes an entry: wraps to one entry */
	refused(0x08000002);
	refused(0x07ffffff); /* does not wrap, but ends behind 4 GiB */
	refused((0xfd000000 - (uint32_t)m) / sizeof(m[0]));
	m[0].result = 0x55;
	EXPECT(ringone_multicall(m, 2), 0);
	EXPECT(m[1].result, ringone_xen_version(XENVER_version, NULL));
}
