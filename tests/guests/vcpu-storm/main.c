/* SPDX-License-Identifier: MIT */
/*
 * Question: do the types and counts of frames survive four VCPUs that change page tables at once,
 * interrupted by timers, and VCPUs that go down and come up in between?
 *
 * Expected: whatever is refused is refused, nothing is lost: batches report their exact counts,
 * the pages are ordinary memory again afterwards, and the audit call, where there is one, finds
 * nothing, before and after.
 */
#include "smp.h"
#include "mm.h"

#define VCPUS  4
#define PAGES  24 /* that all VCPUs fight for */
#define ROUNDS 1500
#define BATCH  64

static char *pages;
static volatile unsigned int finished, batches_wrong;
static mmu_update_t batch[SMP_MAX][BATCH];
static char *own_page[SMP_MAX];

static void audit(const char *when)
{
	if (!(features & RINGONE_FEATURE_AUDIT))
		return;
	long ret = ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0);

	if (ret)
		guest_fail("%s the audit finds %ld", when, ret);
}

static uint32_t roll(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* All good: an entry of this VCPU's own, read-only and writable in turn. */
static void good_batch(unsigned int id)
{
	unsigned int done = 0;
	uint64_t at = virt_to_machine(l1_entry((unsigned long)own_page[id]));

	for (unsigned int i = 0; i < BATCH; i++) {
		batch[id][i].ptr = at;
		batch[id][i].val = (uint64_t)virt_to_mfn(own_page[id]) << 12 |
				   (i & 1 ? PTE_RW : PTE_RO);
	}
	if (ringone_mmu_update(batch[id], BATCH, &done, DOMID_SELF) || done != BATCH)
		batches_wrong++;
	*(volatile unsigned int *)own_page[id] = id;
}

static void any_change(uint32_t *seed)
{
	char *a = pages + roll(seed) % PAGES * PAGE_SIZE,
	     *b = pages + roll(seed) % PAGES * PAGE_SIZE;

	switch (roll(seed) % 8) {
	case 0:
		page_remap(a, PTE_RW);
		break;
	case 1:
	case 2:
		page_remap(a, PTE_RO);
		break;
	case 3:
		mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(a));
		break;
	case 4:
		mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(a));
		break;
	case 5:
		mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(a));
		break;
	default:
		mmu_write_ma(virt_to_machine(a) + roll(seed) % 512 * 8,
			     (uint64_t)virt_to_mfn(b) << 12 | (roll(seed) & 1 ? PTE_RW : PTE_RO));
	}
}

static void fight(unsigned int id)
{
	struct vcpu_set_periodic_timer p = { .period_ns = NS_MS };
	uint32_t seed = 1000 + id;

	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, id, &p), 0);
	smp_events_on();
	for (unsigned int n = 0; n < ROUNDS; n++) {
		any_change(&seed);
		if (n % 16 == id)
			good_batch(id);
		if (n % 64 == id)
			ringone_sched_op(SCHEDOP_yield, NULL);
		if (id && n % 300 == 299)
			ringone_vcpu_op(VCPUOP_down, id, NULL); /* somebody brings it up */
	}
	smp_events_off();
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, id, NULL);
	__atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
}

static void other(unsigned int id)
{
	fight(id);
	smp_stop();
}

/* From any of these states a page becomes memory again by unpinning and forgetting what it held. */
static void clean_up(void)
{
	for (unsigned int round = 0; round < 3; round++)
		for (unsigned int i = 0; i < PAGES; i++)
			mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(pages + i * PAGE_SIZE));
	for (unsigned int i = 0; i < PAGES; i++) {
		char *page = pages + i * PAGE_SIZE;

		EXPECT(page_remap(page, PTE_RW), 0);
		memset(page, 0, PAGE_SIZE);
	}
}

void test_main(void)
{
	smp_need(VCPUS);
	pages = page_alloc_n(PAGES);
	for (unsigned int id = 0; id < VCPUS; id++) {
		int p = smp_bind_virq(id, VIRQ_TIMER);

		CHECK(p > 0, "the timer of VCPU %u: %d", id, p);
		port_unmask(p);
		own_page[id] = page_alloc();
	}
	audit("before");
	for (unsigned int id = 1; id < VCPUS; id++)
		EXPECT(smp_start(id, other), 0);
	fight(0);

	uint64_t end = now_ns() + 60000 * NS_MS;

	while (finished < VCPUS && now_ns() < end) {
		for (unsigned int id = 1; id < VCPUS; id++)
			ringone_vcpu_op(VCPUOP_up, id, NULL);
		ringone_sched_op(SCHEDOP_yield, NULL);
	}
	EXPECT(finished, VCPUS);
	EXPECT(batches_wrong, 0);
	audit("afterwards");
	clean_up();
	audit("in the end");
	note("%u upcalls", upcalls);
	CHECK(upcalls > VCPUS, "no timer interrupted anybody");
}
