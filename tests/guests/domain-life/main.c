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

static struct second s;

static void says(void)
{
	guest_printf("a second domain of %u pages\n", (unsigned int)start_info->nr_pages);
	EXPECT(second_mail->word[0], 7);
	second_mail->word[1] = 8;
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

	second_make(&s, fn);
	if (fn != says) {
		second_unpause(&s);
		CHECK(second_wait_word(&s, 1, 1, 5000), "%s: it did not come so far", what);
	}
	second_destroy(&s);
	CHECK(second_gone(s.id), "%s: it is still there", what);
	CHECK(second_free_pages() == before, "%s: %lld pages are lost", what,
	      (long long)(before - second_free_pages()));
}

void test_main(void)
{
	second_need();
	dom_exc = bind_virq(VIRQ_DOM_EXC);
	port_unmask(dom_exc);
	/* The heap keeps pages of small objects it has once had: let it. */
	second_make(&s, says);
	second_destroy(&s);

	ends("poweroff", says, SHUTDOWN_poweroff);
	ends("a failed check", fails, SHUTDOWN_crash);
	ends("a crash", crashes, SHUTDOWN_crash);
	ends("a watchdog", bites, SHUTDOWN_watchdog);
	killed("never run", says);
	killed("spinning", spins);
	killed("asleep", sleeps);
	killed("with grants and a vcpu_info", holds);
}
