/* SPDX-License-Identifier: MIT */
/*
 * Question: can a domain that keeps all it can get of the hypervisor's own memory leave the others
 * without?
 *
 * Because: handles of mappings, ports and grant tables are the hypervisor's pages, and nobody is
 * charged for them. With all of the machine's memory given away a single domain could use up what is
 * kept for the heap, and no other could be made, nor could dom0 map anything (TRUST 22, 27).
 *
 * Expected: a domain has as many handles as its tools allowed; when memory is scarce it has fewer, and
 * another domain is made all the same.
 */
#include "second.h"
#include "grants.h"

enum { HANDLES, GO_ON };

static struct second s, sink, another;

/* Maps a page of its own, for a device, until there are no more handles. */
static void child(void)
{
	static struct gnttab_map_grant_ref m;
	uint32_t n = 0;

	grants_setup();
	grant(8, second_mail->word[GO_ON], virt_to_mfn(page_alloc()),
	      GTF_permit_access | GTF_readonly);
	do {
		m = (struct gnttab_map_grant_ref){ .flags = GNTMAP_device_map | GNTMAP_readonly,
						   .ref = 8,
						   .dom = second_mail->word[GO_ON] };
		EXPECT(ringone_grant_table_op(GNTTABOP_map_grant_ref, &m, 1), 0);
		n += m.status == GNTST_okay;
	} while (m.status == GNTST_okay);
	EXPECT(m.status, GNTST_no_space);
	second_mail->word[HANDLES] = n;
	while (second_mail->word[GO_ON])
		ringone_sched_op(SCHEDOP_yield, NULL);
}

static uint32_t handles(void)
{
	s.mail->word[GO_ON] = s.id; /* its own number, until it is to end */
	second_unpause(&s);
	for (int ms = 0; ms < 20000 && !s.mail->word[HANDLES]; ms += 10)
		second_wait(&s, 10);
	return s.mail->word[HANDLES];
}

static void end(void)
{
	s.mail->word[GO_ON] = 0;
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
}

/* All of the machine's memory that a domain can get. */
static void take_all_memory(void)
{
	struct xen_domctl op = { .u.max_mem.max_memkb = 1 << 22 };
	static xen_pfn_t pfns[512];
	xen_pfn_t next = 0;
	long got = 512;

	second_create(&sink);
	EXPECT(second_domctl(&op, XEN_DOMCTL_max_mem, sink.id), 0);
	while (got == 512) {
		struct xen_memory_reservation r = { .nr_extents = 512, .domid = sink.id };

		for (int i = 0; i < 512; i++)
			pfns[i] = next++;
		set_xen_guest_handle(r.extent_start, pfns);
		got = ringone_memory_op(XENMEM_populate_physmap, &r);
	}
	note("%lu pages taken, %lu left", (unsigned long)(next - 512 + (got > 0 ? got : 0)),
	     (unsigned long)second_free_pages());
}

void test_main(void)
{
	uint32_t n;

	second_need();
	second_make(&s, child);
	EXPECT(handles(), 1024); /* 4 frames of Xen's */
	end();

	s.max_maptrack = 1024;
	second_make(&s, child);
	take_all_memory();
	n = handles();
	note("%u handles", n);
	CHECK(n < 32768, "it has all of them: %u", n);
	second_create(&another);
	second_destroy(&another);
	end();
	second_destroy(&sink);
}
