/* SPDX-License-Identifier: MIT */
/*
 * Question: is everything back after many domains that do something with others and are destroyed at
 * a random moment of it?
 *
 * Because: what a domain holds is held in two places when another one has a part in it, a port, a
 * grant, a mapping, and it is the half that outlives the other which is forgotten (TRUST 27).
 *
 * Expected: whatever the first domain has of a second when that is destroyed, its port is unbound and
 * can be closed, its mapping still shows the same bytes and can be undone; then the second is gone, and
 * the machine has as many free pages, the first domain as many ports and grant handles as before.
 * `lives=N seed=N` on the command line; check-all takes 1,000.
 */
#include "second.h"
#include "grants.h"
#include "event.h"

#define WINDOW 0x52000000ul /* where the first domain maps what is the second's */
#define MARK   0x11fe11feu

enum { SHOWN_PFN = 1, GRANT, PORT, TURNS, MAPPED };

#define FIRSTS_GRANT 9 /* of the first domain's, for whoever lives */

static struct second s;
static uint32_t state;
static void *page_granted;

static unsigned int below(unsigned int n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

static unsigned int word(const char *name, unsigned int otherwise)
{
	const char *at = (const char *)start_info->cmd_line;

	while (*at && memcmp(at, name, strlen(name)))
		at++;
	if (!*at)
		return otherwise;
	otherwise = 0;
	for (at += strlen(name); *at >= '0' && *at <= '9'; at++)
		otherwise = otherwise * 10 + *at - '0';
	return otherwise;
}

/* ---- lives ---- */

static void spins(void)
{
	for (;;)
		second_mail->word[TURNS]++;
}

static void naps(void)
{
	for (;;) {
		struct sched_poll p = { .timeout = now_ns() + NS_MS };

		ringone_sched_op(SCHEDOP_poll, &p);
		second_mail->word[TURNS]++;
	}
}

/* It keeps a page of the first domain's to its end. */
static void uses_a_grant(void)
{
	grant_handle_t handle;

	map_page(WINDOW, virt_to_mfn(page_alloc()), PTE_RO);
	EXPECT(grant_map_at(WINDOW, 0, FIRSTS_GRANT, GNTMAP_host_map, &handle), GNTST_okay);
	second_mail->word[MAPPED] = 1;
}

/* It shows a page, by its frame and by a grant, and a port, and rings. */
static void serves(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = 0 };
	uint32_t *page = page_alloc();

	uses_a_grant();
	grants_setup();
	page[0] = MARK;
	second_mail->word[SHOWN_PFN] = ((unsigned long)page - GUEST_VIRT_BASE) / PAGE_SIZE;
	grant(8, 0, virt_to_mfn(page), GTF_permit_access);
	second_mail->word[GRANT] = 8;
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	second_mail->word[PORT] = a.port;
	for (;;) {
		port_send(a.port);
		page[1]++;
		second_mail->word[TURNS]++;
	}
}

/* Tables come and go, timers run, memory is given back and taken. */
static void works(void)
{
	struct sched_watchdog w = { .timeout = 100 };
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	void *page = page_alloc();
	xen_pfn_t pfn = ((unsigned long)page - GUEST_VIRT_BASE) / PAGE_SIZE, mfn;
	struct tables t;

	uses_a_grant();
	ringone_sched_op(SCHEDOP_watchdog, &w);
	bind_virq(VIRQ_TIMER);
	tables_make(&t);
	for (;;) {
		mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3));
		mfn = virt_to_mfn(page);
		map_page((unsigned long)page, 0, 0);
		set_xen_guest_handle(r.extent_start, &mfn);
		ringone_memory_op(XENMEM_decrease_reservation, &r);
		set_xen_guest_handle(r.extent_start, &pfn);
		mfn = pfn;
		set_xen_guest_handle(r.extent_start, &mfn);
		ringone_memory_op(XENMEM_populate_physmap, &r);
		map_page((unsigned long)page, mfn, PTE_RW);
		p2m[pfn] = mfn;
		mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t.l3));
		second_mail->word[TURNS]++;
	}
}

static void suspends(void)
{
	struct sched_shutdown why = { .reason = SHUTDOWN_suspend };

	ringone_sched_op(SCHEDOP_shutdown, &why);
	spins();
}

static void crashes(void)
{
	asm volatile("mov $0x10, %%esp; int3" : : : "memory");
}

static void ends(void)
{
}

/* ---- the first domain's part in one ---- */

struct part {
	int port;
	grant_handle_t handle;
	int mapped, shown;
};

static void connect(struct part *p)
{
	struct evtchn_bind_interdomain b = { .remote_dom = s.id,
					     .remote_port = s.mail->word[PORT] };

	if (ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b) == 0)
		p->port = b.local_port;
}

static void take_part(struct part *p)
{
	struct xen_domctl op = { 0 };

	if (s.mail->word[PORT] && below(2))
		connect(p);
	if (s.mail->word[GRANT] && below(2))
		p->mapped = grant_map_at(WINDOW, s.id, s.mail->word[GRANT],
					 GNTMAP_host_map | (below(2) ? GNTMAP_readonly : 0),
					 &p->handle) == GNTST_okay;
	if (s.mail->word[SHOWN_PFN] && below(2))
		p->shown = !second_map((void *)(WINDOW + PAGE_SIZE), s.id,
				       s.p2m[s.mail->word[SHOWN_PFN]], PTE_RW);
	if (below(4) == 0) {
		op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY;
		EXPECT(second_domctl(&op, XEN_DOMCTL_shadow_op, s.id), 0);
	}
}

/* After the end of the other one, in either order. */
static void let_go(struct part *p)
{
	struct evtchn_status st = { .dom = DOMID_SELF, .port = p->port };
	volatile uint32_t *granted = (volatile uint32_t *)WINDOW;
	volatile uint32_t *shown = (volatile uint32_t *)(WINDOW + PAGE_SIZE);

	if (p->port) {
		EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), 0);
		EXPECT(st.status, EVTCHNSTAT_unbound);
		port_send(p->port);
		EXPECT(port_close(p->port), 0);
	}
	EXPECT(second_gone(s.id), !p->mapped && !p->shown);
	if (p->mapped) {
		EXPECT(granted[0], MARK);
		EXPECT(grant_unmap_at(WINDOW, 0, p->handle), GNTST_okay);
	}
	if (p->shown) {
		EXPECT(shown[0], MARK);
		EXPECT(second_map((void *)(WINDOW + PAGE_SIZE), DOMID_SELF, 0, 0), 0);
	}
	CHECK(second_gone(s.id), "it is still there");
}

/*
 * The others run, whoever they are: a slice or two. They came when the first domain had had the
 * processor for long, and are owed nothing for that.
 */
static void let_run(unsigned int turns)
{
	uint64_t began = now_ns();
	unsigned int ms;

	while (turns--)
		ringone_sched_op(SCHEDOP_yield, NULL);
	ms = (unsigned int)((now_ns() - began) / 1000) / 1000;
	CHECK(ms < 500, "the first domain waited for %u ms", ms);
}

/* What the hypervisor keeps of either, and of what is between them, agrees (debug builds). */
static void audit(const char *when)
{
	long rc = ringone_call(RINGONE_HYPERCALL_AUDIT, RINGONE_AUDIT_WHOLE, 0, 0, 0, 0);

	CHECK(rc == 0 || rc == -XEN_ENOSYS, "audit %s: %ld", when, rc);
}

/* Made, but not run yet; it may map a page of ours. */
static void make(void (*life)(void))
{
	second_make(&s, life);
	grant(FIRSTS_GRANT, s.id, virt_to_mfn(page_granted), GTF_permit_access);
}

/* Did it map that page? */
static int one_life(void)
{
	static void (*const lives[])(void) = { spins, naps,  serves,   serves,  serves,
					       works, works, suspends, crashes, ends };
	struct part p = { 0 };
	uint64_t end;
	int mapped;

	s.max_vcpus = 1 + below(3);
	make(lives[below(sizeof(lives) / sizeof(lives[0]))]);
	second_unpause(&s);
	let_run(below(8));
	take_part(&p);
	let_run(below(4));
	/* And not only at the end of its slice. */
	for (end = now_ns() + below(2000) * 1000; now_ns() < end;)
		;
	mapped = s.mail->word[MAPPED];
	if (below(8) == 0)
		audit("in the middle of a life");
	second_destroy(&s);
	let_go(&p);
	return mapped;
}

static unsigned int free_port(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };

	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	EXPECT(port_close(a.port), 0);
	return a.port;
}

void test_main(void)
{
	unsigned int lives, port, users = 0;
	uint64_t before;

	second_need();
	lives = word("lives=", 30);
	state = word("seed=", 1);
	page_granted = page_alloc();
	grants_setup();
	/* What the first life leaves for the next ones: tables for the windows, a page of handles. */
	map_page(WINDOW, virt_to_mfn(page_alloc()), PTE_RO);
	make(serves);
	second_unpause(&s);
	CHECK(second_wait_word(&s, GRANT, 8, 5000), "it does not run");
	struct part first = { 0 };

	connect(&first);
	first.mapped = grant_map_at(WINDOW, s.id, 8, GNTMAP_host_map, &first.handle) == GNTST_okay;
	second_destroy(&s);
	let_go(&first);

	before = second_free_pages();
	port = free_port();
	for (unsigned int i = 0; i < lives; i++) {
		uint32_t was = state;

		users += one_life();
		CHECK(second_free_pages() == before, "life %u (seed=%u) left %lld pages", i, was,
		      (long long)(before - second_free_pages()));
	}
	EXPECT(free_port(), port);
	CHECK(users > lives / 4, "%u of %u lives used a grant", users, lives);
	audit("at the end");
	note("%u lives", lives);
}
