/* SPDX-License-Identifier: MIT */
/*
 * Question: is a batch whose array cannot be one refused before anything of it is done, and does one
 * that ends in the middle of an entry stop there?
 *
 * Because: the words of an entry go where its handler wants them as they are read, some of them on
 * the hypervisor's stack; whichever of them is missing, the stack must be what it was.
 *
 * Expected: -EFAULT and an untouched first entry, for counts whose size in bytes wraps around
 * 2^32 and for arrays that begin in good memory and reach the hypervisor's hole. -EFAULT, and the
 * entries before it done, for one whose words from any one on lie in a page that is not there. A
 * batch of many light calls is done whole.
 */
#include "guest.h"
#include "mm.h"

static multicall_entry_t m[2];

static void refused(uint32_t count)
{
	m[0] = (multicall_entry_t){ .op = __HYPERVISOR_xen_version, .result = 0x55 };
	m[1] = m[0];
	EXPECT(ringone_multicall(m, count), -XEN_EFAULT);
	EXPECT(m[0].result, 0x55);
}

/* The last entry has `words` of its 8 in the page before the one that is missing. */
static void ends_inside(char *page, unsigned int words)
{
	multicall_entry_t *e = (multicall_entry_t *)(page + PAGE_SIZE - 4 * words) - 1;
	multicall_entry_t last = { .op = __HYPERVISOR_xen_version };

	*e = last;
	e->result = 0x55;
	memcpy(e + 1, &last, 4 * words);
	EXPECT(ringone_multicall(e, 2), -XEN_EFAULT);
	EXPECT(e->result, ringone_xen_version(XENVER_version, NULL));
}

static void many(unsigned int n)
{
	static multicall_entry_t light[100];

	for (unsigned int i = 0; i < n; i++)
		light[i] = (multicall_entry_t){ .op = __HYPERVISOR_xen_version, .result = 0x55 };
	EXPECT(ringone_multicall(light, n), 0);
	for (unsigned int i = 0; i < n; i++)
		EXPECT(light[i].result, ringone_xen_version(XENVER_version, NULL));
}

void test_main(void)
{
	char *pages = page_alloc_n(2);

	map_page((unsigned long)pages + PAGE_SIZE, 0, 0);
	for (unsigned int words = 0; words < 8; words++)
		ends_inside(pages, words);
	for (unsigned int n = 15; n < 18; n++)
		many(n);
	many(100);
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
