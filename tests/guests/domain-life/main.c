/* SPDX-License-Identifier: MIT */
/*
 * Question: do domains come, run and go, and is all that they held back afterwards?
 *
 * Because: what a dead domain leaves behind (a frame, a queued VCPU, a timer, a page of the heap) is
 * lost for good or, worse, found by the next one (TRUST 27, XSA-214).
 *
 * Expected: a second domain runs beside the first, says what it has to say and shuts down, which
 * the first domain hears as VIRQ_DOM_EXC and goes on; so it does when the second crashes, spins,
 * sleeps, or never ran. After every kind of end the machine has as many free pages as before.
 */
#include "second.h"
#include "event.h"
#include "user.h"

static struct second s;

static void says(void)
{
	guest_printf("a second domain of %u pages\n", (unsigned int)start_info->nr_pages);
	EXPECT(second_mail->word[0], 7);
	second_mail->word[1] = 8;
	/* What costs the machine time and heap is the first domain's to ask for (debug builds). */
	long rc = ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0);

	CHECK(rc == -XEN_EPERM || rc == -XEN_ENOSYS, "audit of the second domain: %ld", rc);
	CHECK(!(features & (RINGONE_FEATURE_AUDIT | RINGONE_FEATURE_LATENESS)),
	      "it is offered an audit, or the timer's lateness");
	/* It is not privileged. */
	struct xen_domctl op = { 0 };

	EXPECT(second_domctl(&op, XEN_DOMCTL_destroydomain, 0), -XEN_EPERM);
}

static void fails(void)
{
	CHECK(0, "on purpose");
}

static void crashes(void)
{
	struct trap_info none = { 0 };

	ringone_call(__HYPERVISOR_set_trap_table, 0, 0, 0, 0, 0);
	(void)none;
	*(volatile int *)0x1000 = 0;
}

static void spins(void)
{
	second_mail->word[1] = 1;
	for (;;)
		second_mail->word[2]++;
}

static void sleeps(void)
{
	struct sched_poll p = { .timeout = now_ns() + 3600ull * 1000 * NS_MS };
	struct sched_watchdog w = { .timeout = 1000 };

	ringone_sched_op(SCHEDOP_watchdog, &w);
	bind_virq(VIRQ_TIMER);
	second_mail->word[1] = 1;
	for (;;)
		ringone_sched_op(SCHEDOP_poll, &p);
}

static void bites(void)
{
	struct sched_watchdog w = { .timeout = 1 };

	EXPECT(ringone_sched_op(SCHEDOP_watchdog, &w), 1);
	for (;;)
		second_mail->word[2]++;
}

static void holds(void)
{
	struct gnttab_setup_table t = { .dom = DOMID_SELF, .nr_frames = 4 };
	static xen_pfn_t frames[4];
	struct vcpu_register_vcpu_info r = { .mfn = virt_to_mfn(page_alloc()) };

	set_xen_guest_handle(t.frame_list, frames);
	EXPECT(ringone_grant_table_op(GNTTABOP_setup_table, &t, 1), 0);
	EXPECT(t.status, GNTST_okay);
	EXPECT(ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &r), 0);
	second_mail->word[1] = 1;
	spins();
}

static evtchn_port_t dom_exc;

static void ends(const char *what, void (*fn)(void), int reason)
{
	uint64_t before = second_free_pages();
	unsigned int heard = event_count[dom_exc];

	second_make(&s, fn);
	s.mail->word[0] = 7;
	second_unpause(&s);
	EXPECT(second_wait(&s, 5000), reason);
	events_on();
	events_off();
	CHECK(event_count[dom_exc] > heard, "%s: no VIRQ_DOM_EXC", what);
	second_destroy(&s);
	CHECK(second_gone(s.id), "%s: it is still there", what);
	CHECK(second_free_pages() == before, "%s: %lld pages are lost", what,
	      (long long)(before - second_free_pages()));
}

/* Destroyed by us, in the middle of whatever it does. */
static void killed(const char *what, void (*fn)(void))
{
	uint64_t before = second_free_pages();
	unsigned int heard = event_count[dom_exc];

	second_make(&s, fn);
	if (fn != says) {
		second_unpause(&s);
		CHECK(second_wait_word(&s, 1, 1, 5000), "%s: it did not come so far", what);
	}
	second_destroy(&s);
	events_on();
	events_off();
	CHECK(event_count[dom_exc] > heard, "%s: no VIRQ_DOM_EXC at its end", what);
	CHECK(second_gone(s.id), "%s: it is still there", what);
	CHECK(second_free_pages() == before, "%s: %lld pages are lost", what,
	      (long long)(before - second_free_pages()));
}

/* Somebody still maps a frame: the domain is dead, and there, until that mapping goes. */
static void zombie(void)
{
	uint64_t before = second_free_pages();
	struct xen_domctl_getdomaininfo info;
	xen_pfn_t frame, extent = 0;
	mmuext_op_t pin = { .cmd = MMUEXT_PIN_L1_TABLE };
	struct xen_memory_reservation r = { .nr_extents = 1 };
	uint32_t *page = page_alloc();

	second_make(&s, says);
	frame = pin.arg1.mfn = s.p2m[s.nr_pages - 1]; /* one that is empty, of no type */
	EXPECT(second_map(page, s.id, frame, PTE_RO), 0);
	second_destroy(&s);
	CHECK(!second_gone(s.id), "its frame is mapped, and it is gone");
	EXPECT(second_info(s.id, &info), 0);
	EXPECT(info.flags & XEN_DOMINF_dying, XEN_DOMINF_dying);
	EXPECT(info.tot_pages, 1);
	CHECK(second_free_pages() < before, "the frame we see is free");
	EXPECT(page[0], 0);
	EXPECT(ringone_mmuext_op(&pin, 1, NULL, s.id), -XEN_EINVAL);
	r.domid = s.id;
	set_xen_guest_handle(r.extent_start, &extent);
	EXPECT(ringone_memory_op(XENMEM_populate_physmap, &r), 0);
	EXPECT(second_map(page, DOMID_SELF, 0, 0), 0);
	CHECK(second_gone(s.id), "nobody maps its frame any more, and it is there");
	EXPECT(second_free_pages(), before);
}

#define LINEAR_SLOT 300 /* of the top L2: nothing is there */

/* A slot of its top L2 that names that itself: it gets a view, without the hypervisor's slots. */
static void sees_its_top(void)
{
	uint64_t top = l3_table[3] & PTE_ADDRESS;

	EXPECT(mmu_write_ma(top + LINEAR_SLOT * 8, top | PTE_RO), 0);
	second_mail->word[1] = 1;
	while (!second_mail->word[2])
		ringone_sched_op(SCHEDOP_yield, NULL);
}

/*
 * How many slots those are differs from domain to domain: fewer of a modern kernel's, as this one
 * is, than of one that the tools made. An audit of either looks at the tables of both.
 */
static void audited_by_another_kind(void)
{
	second_make(&s, sees_its_top);
	second_unpause(&s);
	CHECK(second_wait_word(&s, 1, 1, 5000), "it does not see its top L2");
	EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0), 0);
	EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, RINGONE_AUDIT_WHOLE, 0, 0, 0, 0), 0);
	s.mail->word[2] = 1;
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
}

USER_CODE(touches, "movl 0x1234, %eax");

/*
 * The frames of a dying domain that somebody maps could still be tables: two of them, an L3 and its
 * top L2. A VCPU that got them would hold them, and they the domain, with nobody to take them back.
 */
static void zombie_with_tables(void)
{
	uint64_t before = second_free_pages(), *l3_page = page_alloc(), *top_page = page_alloc();
	static struct vcpu_guest_context c;
	struct xen_domctl op = { 0 };
	xen_pfn_t l3, top;

	second_make(&s, says);
	l3 = s.p2m[s.nr_pages - 1]; /* empty ones, of no type */
	top = s.p2m[s.nr_pages - 2];
	EXPECT(second_map(l3_page, s.id, l3, PTE_RW), 0);
	l3_page[3] = (uint64_t)top << 12 | L3_FLAGS;
	EXPECT(second_map(l3_page, s.id, l3, PTE_RO), 0);
	EXPECT(second_map(top_page, s.id, top, PTE_RO), 0);
	second_destroy(&s);
	CHECK(!second_gone(s.id), "its frames are mapped, and it is gone");
	c.ctrlreg[3] = xen_pfn_to_cr3(l3);
	c.user_regs.cs = FLAT_KERNEL_CS;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, &c);
	CHECK(second_domctl(&op, XEN_DOMCTL_setvcpucontext, s.id) < 0, "tables for the dead");
	EXPECT(second_map(l3_page, DOMID_SELF, 0, 0), 0);
	EXPECT(second_map(top_page, DOMID_SELF, 0, 0), 0);
	CHECK(second_gone(s.id), "nobody maps its frames any more, and it is there");
	EXPECT(second_free_pages(), before);
}

static void has_no_stack(void)
{
	struct user u;

	user_warm();
	user_load(&touches);
	user_default(&u);
	ringone_stack_switch(FLAT_KERNEL_SS, 0x700000);
	user_enter(&u);
}

/* A program's fault that finds no kernel stack is the end; of which fault, the dead one's page says. */
static void last_fault(void)
{
	static char window[PAGE_SIZE] __attribute__((aligned(4096)));
	struct xen_domctl_getdomaininfo info;
	struct xen_domctl op = { 0 };

	second_make(&s, has_no_stack);
	second_unpause(&s);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_crash);
	CHECK(second_domctl(&op, XEN_DOMCTL_resumedomain, s.id) < 0, "one that crashed goes on");
	EXPECT(second_info(s.id, &info), 0);
	EXPECT(second_map(window, s.id, info.shared_info_frame, PTE_RW), 0);
	EXPECT(((struct shared_info *)window)->vcpu_info[0].arch.cr2, 0x1234);
	EXPECT(second_map(window, DOMID_SELF, 0, 0), 0);
	second_destroy(&s);
	CHECK(second_gone(s.id), "it is still there");
}

/* A domain takes all there is: what the hypervisor needs for the next one is not part of that. */
static void exhausted(void)
{
	static xen_pfn_t extents[512];
	struct xen_memory_reservation r = { .nr_extents = 512 };
	struct xen_domctl op = { 0 };
	struct second other = { 0 };
	unsigned int calls = 0;
	uint64_t before;

	/* Two at once, for the heap's sake, as above. */
	second_create(&s);
	second_create(&other);
	second_destroy(&other);
	second_destroy(&s);
	before = second_free_pages();
	second_create(&s);
	op.u.max_mem.max_memkb = 1 << 30;
	EXPECT(second_domctl(&op, XEN_DOMCTL_max_mem, s.id), 0);
	r.domid = s.id;
	set_xen_guest_handle(r.extent_start, extents);
	while (ringone_memory_op(XENMEM_populate_physmap, &r) == 512 && ++calls < 10000)
		;
	CHECK(second_free_pages() < 512, "%llu pages are left",
	      (unsigned long long)second_free_pages());
	second_create(&other);
	second_destroy(&other);
	second_destroy(&s);
	EXPECT(second_free_pages(), before);
}

void test_main(void)
{
	second_need();
	dom_exc = bind_virq(VIRQ_DOM_EXC);
	port_unmask(dom_exc);
	/* The heap keeps pages of small objects it has once had: let it. */
	second_make(&s, says);
	s.mail->word[0] = 7;
	second_unpause(&s);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);

	ends("poweroff", says, SHUTDOWN_poweroff);
	ends("a failed check", fails, SHUTDOWN_crash);
	ends("a crash", crashes, SHUTDOWN_crash);
	ends("a watchdog", bites, SHUTDOWN_watchdog);
	killed("never run", says);
	killed("spinning", spins);
	killed("asleep", sleeps);
	killed("with grants and a vcpu_info", holds);
	zombie();
	zombie_with_tables();
	audited_by_another_kind();
	last_fault();
	exhausted();
}
