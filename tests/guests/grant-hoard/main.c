/* SPDX-License-Identifier: MIT */
/*
 * Question: can a domain that keeps all it can get of the hypervisor's own memory leave the others
 * without?
 *
 * Because: handles of mappings, ports and grant tables are the hypervisor's pages, and nobody is
 * charged for them. A few domains could use up the addresses of its heap, and with all of the machine's
 * memory given away a single one the frames that are kept for it; then no other could be made, nor could
 * dom0 map anything (TRUST 22, 27).
 *
 * Expected: a domain has as many handles as its tools allowed; when frames or addresses are scarce it
 * has fewer, but some, and another domain is made all the same.  What a domain gave back it may have again.
 */
#include "second.h"
#include "grants.h"

enum { HANDLES, GO_ON };
#define ALL_HANDLES 32768u
#define CROWD       16u

#define SOME   1024u  /* that a domain gets however many hoard */
#define RESETS 20000u /* more than there is room for their FIFO structures */

static struct second s, sink, another, crowd[CROWD];

/* Maps a page of its own, for a device, until there are no more handles. */
static void child(void)
{
	static struct gnttab_map_grant_ref m[64];
	domid_t id = second_mail->word[GO_ON];
	uint32_t n = 0;

	grants_setup();
	grant(8, id, virt_to_mfn(page_alloc()), GTF_permit_access | GTF_readonly);
	do {
		for (int i = 0; i < 64; i++)
			m[i] = (struct gnttab_map_grant_ref){
				.flags = GNTMAP_device_map | GNTMAP_readonly, .ref = 8, .dom = id
			};
		EXPECT(ringone_grant_table_op(GNTTABOP_map_grant_ref, m, 64), 0);
		for (int i = 0; i < 64; i++)
			n += m[i].status == GNTST_okay;
	} while (m[63].status == GNTST_okay);
	EXPECT(m[63].status, GNTST_no_space);
	second_mail->word[HANDLES] = n;
	while (second_mail->word[GO_ON])
		ringone_sched_op(SCHEDOP_yield, NULL);
}

/* What it gives back is not held against it. */
static void begins_anew(void)
{
	xen_pfn_t control = virt_to_mfn(page_alloc());

	for (uint32_t i = 0; i < RESETS; i++) {
		struct evtchn_init_control c = { .control_gfn = control };
		struct evtchn_reset r = { .dom = DOMID_SELF };

		EXPECT(ringone_event_channel_op(EVTCHNOP_init_control, &c), 0);
		EXPECT(ringone_event_channel_op(EVTCHNOP_reset, &r), 0);
	}
}

static uint32_t handles(struct second *of)
{
	of->mail->word[GO_ON] = of->id; /* its own number, until it is to end */
	second_unpause(of);
	for (int ms = 0; ms < 20000 && !of->mail->word[HANDLES]; ms += 10)
		second_wait(of, 10);
	return of->mail->word[HANDLES];
}

static void end(struct second *of)
{
	of->mail->word[GO_ON] = 0;
	EXPECT(second_wait(of, 5000), SHUTDOWN_poweroff);
	second_destroy(of);
}

/* Domains that take all they can: at first all of it, later less, but something. */
static void take_all_addresses(void)
{
	uint32_t n = ALL_HANDLES, all = 0;

	for (uint32_t i = 0; i < CROWD; i++) {
		crowd[i].max_maptrack = 1024;
		second_make(&crowd[i], child);
		n = handles(&crowd[i]);
		all += n == ALL_HANDLES;
		CHECK(n >= SOME, "domain %u of them has %u handles", i, n);
	}
	note("%u domains of %u have all they want, the last one %u handles", all, CROWD, n);
	CHECK(n < ALL_HANDLES, "all have all of them");
	second_create(&another);
	second_destroy(&another);
	for (uint32_t i = CROWD; i-- > 0;)
		/* there is one window for mail, the last one's: the others are not asked to end */
		second_destroy(&crowd[i]);
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
	EXPECT(handles(&s), SOME); /* 4 frames of Xen's */
	end(&s);
	second_make(&s, begins_anew);
	second_unpause(&s);
	EXPECT(second_wait(&s, 20000), SHUTDOWN_poweroff);
	second_destroy(&s);

	take_all_addresses();

	s.max_maptrack = 1024;
	second_make(&s, child);
	take_all_memory();
	n = handles(&s);
	note("%u handles", n);
	CHECK(n >= SOME && n < ALL_HANDLES, "it has %u of them", n);
	second_create(&another);
	second_destroy(&another);
	end(&s);
	second_destroy(&sink);
}
