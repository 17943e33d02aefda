/* SPDX-License-Identifier: MIT */
/*
 * Question: do counts that no array can have, and calls that take long, end in bounded time with
 * the machine alive?
 *
 * Expected: absurd counts are refused or stop at the first unreadable element; a batch of
 * thousands of good elements is complete, with the exact count, although the timer fires while
 * it runs; the top bit that continuations use in a count does not let a caller skip elements.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"

#define N 4096

static mmu_update_t u[N] __attribute__((aligned(4096)));

static void long_batch(void)
{
	char *page = page_alloc();
	uint64_t *e = l1_entry((unsigned long)page);
	unsigned int done = 0;

	for (unsigned int i = 0; i < N; i++) {
		u[i].ptr = virt_to_machine(e);
		u[i].val = (uint64_t)virt_to_mfn(page) << 12 | PTE_RW | (i & 1 ? PTE_AVAIL : 0);
	}
	struct vcpu_set_periodic_timer p = { .period_ns = NS_MS };

	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &p), 0);
	for (int round = 0; round < 20; round++) {
		done = 0;
		EXPECT(ringone_mmu_update(u, N, &done, DOMID_SELF), 0);
		EXPECT(done, N);
		EXPECT(*e & PTE_AVAIL, PTE_AVAIL);
	}
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
}

void test_main(void)
{
	static mmuext_op_t ops[1];
	unsigned int done = 5;

	long_batch();
	note("mmu_update 0x7fffffff: %ld", ringone_mmu_update(u, 0x7fffffff, &done, DOMID_SELF));
	note("done %u", done);
	CHECK(done <= sizeof(u) / sizeof(u[0]) + 70000, "%u elements", done);
	/* A caller that pretends to be a continuation. */
	done = 0;
	u[0].val = BAD_PTE;
	CHECK(ringone_mmu_update(u, 0x80000001, &done, DOMID_SELF) < 0,
	      "a bad element was skipped");
	CHECK(ringone_mmu_update((mmu_update_t *)0x1000, 0x80000001, &done, DOMID_SELF) < 0,
	      "unread");
	ops[0].cmd = 999;
	CHECK(ringone_mmuext_op(ops, 0x80000001, &done, DOMID_SELF) < 0,
	      "a bad element was skipped");
	CHECK(ringone_mmuext_op((mmuext_op_t *)0xffffff00, 0x10000000, &done, DOMID_SELF) < 0,
	      "wrap");
	CHECK(ringone_grant_table_op(GNTTABOP_query_size, u, 0x7fffffff) < 0, "2 billion grants");
	CHECK(ringone_set_gdt((unsigned long *)u, 0x7fffffff) < 0, "2 billion descriptors");
	CHECK(mmuext_linear(MMUEXT_SET_LDT, 0xc0000000, 0x7fffffff) < 0, "2 billion descriptors");
	CHECK(ringone_vcpu_op(VCPUOP_is_up, 0xffffffff, NULL) < 0, "VCPU 4294967295");
	CHECK(port_send(0xffffffff) < 0, "port 4294967295");
}
