/* SPDX-License-Identifier: MIT */
/*
 * Question: what does it cost that 128 domains live side by side?
 *
 * Because: a hypervisor is for many. What each of them takes of its memory, and what switching between
 * them takes of everybody's time, decides how many.
 *
 * Expected: `scale NAME VALUE` lines for tests/run-bench, which has the goals: the hypervisor's memory
 * a domain beside the domain's own, the time to make one, the time that 128 take for what one does
 * alone, and how late the timers of a domain are that sleeps meanwhile. Time is in instructions.
 */
#include "second.h"
#include "grants.h"
#include "event.h"

#define MANY    128
#define WORK_MS 20 /* of each of them: two slices */
#define PER_MS  (1000000 / 33000)
#define NAP     (3 * NS_MS)

static struct second s[MANY];
static unsigned int units; /* of work, for the next one that is made */
static uint32_t heap[8192];

/* What a small kernel asks for, and then work on memory with a call now and then. */
static void works(void)
{
	struct vcpu_register_vcpu_info info = { .mfn = virt_to_mfn(page_alloc()) };

	grants_setup();
	EXPECT(ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &info), 0);
	bind_virq(VIRQ_TIMER);
	for (unsigned int i = 0; i < units; i++) {
		for (unsigned int j = 0; j < sizeof(heap) / sizeof(heap[0]); j++)
			heap[j] += i;
		ringone_xen_version(XENVER_version, NULL);
	}
}

static int ended(const struct second *one)
{
	struct xen_domctl_getdomaininfo info;

	EXPECT(second_info(one->id, &info), 0);
	return !!(info.flags & XEN_DOMINF_shutdown);
}

struct result {
	unsigned int made_us, hv_bytes, ms, late_us, worst_us;
};

/* Sleeps in short naps until all have ended: how late they end is how late an event would be. */
static void wait_for_all(unsigned int n, struct result *r)
{
	uint64_t late, sum = 0, worst = 0;
	unsigned int naps = 0;

	for (unsigned int i = 0; i < n;) {
		struct sched_poll p = { .timeout = now_ns() + NAP };

		ringone_sched_op(SCHEDOP_poll, &p);
		late = now_ns() > p.timeout ? now_ns() - p.timeout : 0;
		sum += late / 1000;
		naps++;
		worst = late > worst ? late : worst;
		while (i < n && ended(&s[i]))
			i++;
	}
	r->late_us = (unsigned int)sum / naps;
	r->worst_us = (unsigned int)worst / 1000;
}

static struct result run(unsigned int n)
{
	uint64_t pages = second_free_pages(), began = now_ns();
	struct xen_domctl_getdomaininfo info;
	struct result r = { 0 };

	units = MANY / n * WORK_MS * PER_MS;
	for (unsigned int i = 0; i < n; i++)
		second_make(&s[i], works);
	r.made_us = (unsigned int)((now_ns() - began) / 1000) / n;
	began = now_ns();
	for (unsigned int i = 0; i < n; i++)
		second_unpause(&s[i]);
	wait_for_all(n, &r);
	r.ms = (unsigned int)((now_ns() - began) / 1000) / 1000;
	pages -= second_free_pages();
	for (unsigned int i = 0; i < n; i++) {
		EXPECT(second_info(s[i].id, &info), 0);
		EXPECT(info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask,
		       SHUTDOWN_poweroff);
		pages -= info.tot_pages;
	}
	r.hv_bytes = (unsigned int)pages * PAGE_SIZE / n;
	for (unsigned int i = 0; i < n; i++)
		second_destroy(&s[i]);
	return r;
}

void test_main(void)
{
	struct result one, many;
	uint64_t before;

	second_need();
	second_make(&s[0], works);
	second_destroy(&s[0]);
	before = second_free_pages();
	one = run(1);
	many = run(MANY);
	EXPECT(second_free_pages(), before);
	guest_printf("scale domains %u\n", MANY);
	guest_printf("scale hv_bytes %u\n", many.hv_bytes);
	guest_printf("scale made_us %u\n", many.made_us);
	guest_printf("scale one_ms %u\n", one.ms);
	guest_printf("scale many_ms %u\n", many.ms);
	guest_printf("scale loss_permille %d\n", (int)(many.ms * 1000 / one.ms) - 1000);
	guest_printf("scale late_us %u\n", many.late_us);
	guest_printf("scale worst_us %u\n", many.worst_us);
	guest_printf("scale late_alone_us %u\n", one.late_us);
}
