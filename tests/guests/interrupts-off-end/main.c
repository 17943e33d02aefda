/* SPDX-License-Identifier: MIT */
/*
 * Question: how long are interrupts off while a domain lets go of as much as it can have: all its
 * ports, frames that live by their mappings only, its grants, or everything, because it ends?
 *
 * Because: what was taken one by one, each in a short call, goes in one: a domain needs no
 * privilege to take 16,383 ports and be destroyed, and then the others' interrupts wait for it.
 *
 * Expected: as in interrupts-off, every 100,000 instructions at the latest, and what was due is
 * done within 500,000; and a domain's memory is back afterwards.
 */
#include "second.h"
#include "grants.h"
#include "lateness.h"

#define PORTS      16384u
#define PORT_PAGES (PORTS / 1024)
#define MAPPED     0x40000000ul /* an L1 of mappings: of frames given back, of a grant */
#define SPARE      0x2000ul     /* pfns that nobody maps */
#define BIG        4096u        /* frames of a domain that has nothing else */

enum { READY, GO };

static struct second s;

/* ---- ports ---- */

static long more_words(void)
{
	struct evtchn_expand_array a = { .array_gfn = virt_to_mfn(page_alloc()) };

	return ringone_event_channel_op(EVTCHNOP_expand_array, &a);
}

static void fifo_begins(void)
{
	struct evtchn_init_control c = { .control_gfn = virt_to_mfn(page_alloc()) };

	EXPECT(ringone_event_channel_op(EVTCHNOP_init_control, &c), 0);
}

/* Events of all ports that there are without it come when their words do. */
static void early_events(void)
{
	for (int p; (p = bind_ipi()) > 0;)
		port_send(p);
	fifo_begins();
	EXPECT(MEASURE("a thousand events that came before their words", more_words()), 0);
}

static void fifo(void)
{
	for (unsigned int i = 1; i < PORT_PAGES; i++)
		EXPECT(more_words(), 0);
}

static long one_port(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };

	return ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a);
}

static unsigned int all_ports(void)
{
	unsigned int n = 0;

	while (!one_port())
		n++;
	return n;
}

/* Also that of the timer, so that nobody sets the next beat: it has to be a periodic one. */
static long reset(void)
{
	struct vcpu_set_periodic_timer t = { .period_ns = NS_MS };
	struct evtchn_reset r = { .dom = DOMID_SELF };

	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &t), 0);
	return ringone_event_channel_op(EVTCHNOP_reset, &r);
}

static void child_with_ports(void)
{
	fifo_begins();
	EXPECT(more_words(), 0);
	fifo();
	CHECK(all_ports() > PORTS - 16, "ports are missing");
	second_mail->word[READY] = 1;
}

/* ---- mappings ---- */

static xen_pfn_t frames[BIG];

static long memory(domid_t id, unsigned int cmd, unsigned int n)
{
	struct xen_memory_reservation r = { .nr_extents = n, .domid = id };

	set_xen_guest_handle(r.extent_start, frames);
	return ringone_memory_op(cmd, &r);
}

/* A table of 512 frames that are given back while it maps them; then it goes. */
static void mapped_only(void)
{
	uint64_t *table = page_alloc();

	for (unsigned int i = 0; i < 512; i++) {
		frames[i] = p2m[SPARE + i];
		table[i] = (uint64_t)frames[i] << 12 | PTE_RW;
	}
	page_readonly(table);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(table)), 0);
	EXPECT(memory(DOMID_SELF, XENMEM_decrease_reservation, 512), 512);
	EXPECT(MEASURE("512 frames go with their last mappings",
		       mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(table))),
	       0);
}

/* ---- grants ---- */

#define GRANTED 4096u

/* Each handle maps the same page at the same place: it is about the handles. */
static void child_with_grants(void)
{
	void *page = page_alloc();
	grant_handle_t h;

	grants_setup();
	map_page(MAPPED, virt_to_mfn(page), PTE_RW);
	grant(8, second_mail->word[2], virt_to_mfn(page), GTF_permit_access);
	for (unsigned int i = 0; i < GRANTED; i++)
		EXPECT(grant_map_at(0, second_mail->word[2], 8, GNTMAP_device_map, &h), GNTST_okay);
	second_mail->word[READY] = 1;
}

/* ---- ends ---- */

static long destroy(domid_t id)
{
	struct xen_domctl op = { 0 };

	return second_domctl(&op, XEN_DOMCTL_destroydomain, id);
}

static void end_of(const char *what, void (*child)(void))
{
	s.max_maptrack = 16; /* frames of Xen's: 4,096 handles */
	second_make(&s, child);
	s.mail->word[2] = s.id;
	second_unpause(&s);
	CHECK(second_wait_word(&s, READY, 1, 60000), "%s: it did not come so far", what);
	CHECK(second_wait(&s, 5000) == SHUTDOWN_poweroff, "%s: its checks failed", what);
	EXPECT(second_map((void *)s.mail, DOMID_SELF, 0, 0), 0);
	s.mail = NULL;
	EXPECT(MEASURE(what, destroy(s.id)), 0);
	CHECK(second_gone(s.id), "%s: still there", what);
}

static void end_of_memory(void)
{
	second_create(&s);
	for (unsigned int i = 0; i < BIG; i++)
		frames[i] = i;
	EXPECT(memory(s.id, XENMEM_populate_physmap, BIG), BIG);
	EXPECT(MEASURE("the end of 4096 frames", destroy(s.id)), 0);
}

static long all_io_ports(int allow)
{
	struct xen_domctl op = { 0 };

	op.u.ioport_permission.nr_ports = 0xc00;
	op.u.ioport_permission.first_port = 0xf000;
	op.u.ioport_permission.allow_access = allow;
	return second_domctl(&op, XEN_DOMCTL_ioport_permission, DOMID_SELF);
}

void test_main(void)
{
	uint64_t before;

	second_need();
	s.max_port = PORTS - 1;
	second_make(&s, child_with_ports); /* what is kept for it is there from now on */
	second_destroy(&s);
	map_page(MAPPED, virt_to_mfn(page_alloc()), PTE_RW);
	lateness_setup();
	before = second_free_pages();

	mapped_only();
	before += 512;
	MEASURE("I/O ports given", all_io_ports(1));
	MEASURE("I/O ports taken", all_io_ports(0));
	end_of("the end of a domain with all ports", child_with_ports);
	end_of("the end of a domain with 4096 handles", child_with_grants);
	end_of_memory();
	CHECK(second_free_pages() == before, "%lld pages are lost",
	      (long long)(before - second_free_pages()));

	early_events();
	fifo();
	note("%u ports more", all_ports());
	EXPECT(MEASURE("a port of none", one_port()), -XEN_ENOSPC);
	EXPECT(MEASURE("all of them closed", reset()), 0);
	fifo_begins();
	for (int i = 0; i < 3; i++) {
		EXPECT(one_port(), 0);
		MEASURE("a reset with one port", reset());
		fifo_begins();
	}
	lateness_worst();
}
