/* SPDX-License-Identifier: MIT */
/*
 * Question: is everything back after many lives that end at random moments?
 *
 * Because: a leak of one page, one window or one timer in a life is found by whoever runs guests for a
 * year; here it is found by adding it up (TRUST 27).
 *
 * Expected: after 500 domains that never ran and 15 that were destroyed somewhere in the middle of
 * running, sleeping or setting up, the machine has as many free pages as before, and the audit agrees.
 */
#include "second.h"
#include "event.h"

#define EMPTY_LIVES 500
#define LIVES       15

static struct second s;

static unsigned int random_below(unsigned int n)
{
	static uint32_t state = 12345;

	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

static void spins(void)
{
	for (;;)
		second_mail->word[2]++;
}

static void yields(void)
{
	for (;;)
		ringone_sched_op(SCHEDOP_yield, NULL);
}

static void naps(void)
{
	for (;;) {
		struct sched_poll p = { .timeout = now_ns() + NS_MS };

		ringone_sched_op(SCHEDOP_poll, &p);
	}
}

static void sets_up(void)
{
	struct gnttab_setup_table t = { .dom = DOMID_SELF, .nr_frames = 4 };
	static xen_pfn_t frames[4];

	set_xen_guest_handle(t.frame_list, frames);
	for (unsigned int i = 0;; i++) {
		struct vcpu_register_vcpu_info r = { .mfn = virt_to_mfn(page_alloc()) };
		struct sched_watchdog w = { .timeout = 100 };

		ringone_grant_table_op(GNTTABOP_setup_table, &t, 1);
		ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &r);
		ringone_sched_op(SCHEDOP_watchdog, &w);
		bind_virq(VIRQ_TIMER);
		struct tables tables;

		tables_make(&tables);
		mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(tables.l3));
		if (i == 20)
			spins();
	}
}

static void ends(void)
{
}

void test_main(void)
{
	static void (*const lives[])(void) = { spins, yields, naps, sets_up, ends };
	uint64_t before;

	second_need();
	second_make(&s, ends);
	second_destroy(&s);
	before = second_free_pages();
	for (unsigned int i = 0; i < EMPTY_LIVES; i++) {
		second_create(&s);
		second_destroy(&s);
	}
	EXPECT(second_free_pages(), before);
	for (unsigned int i = 0; i < LIVES; i++) {
		unsigned int turns = random_below(6);

		second_make(&s, lives[random_below(sizeof(lives) / sizeof(lives[0]))]);
		second_unpause(&s);
		while (turns--)
			ringone_sched_op(SCHEDOP_yield, NULL);
		second_destroy(&s);
		CHECK(second_gone(s.id), "life %u is still there", i);
		CHECK(second_free_pages() == before, "life %u left %lld pages", i,
		      (long long)(before - second_free_pages()));
	}
	long rc = ringone_call(RINGONE_HYPERCALL_AUDIT, RINGONE_AUDIT_WHOLE, 0, 0, 0, 0);

	CHECK(rc == 0 || rc == -XEN_ENOSYS, "audit: %ld", rc);
}
