/* SPDX-License-Identifier: MIT */
/*
 * Question: does a multicall run its calls in order, each with its own result, and end where a
 * call changes mode?
 *
 * Expected: results land in the entries; a failing or unknown call does not stop the rest; a
 * batch inside a batch is refused; iret inside a batch never returns to the middle of it with
 * the registers of another mode (XSA-213): it is refused, or it faults, or it
 * is done and ends the batch.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(hello, "movl $0x600d, %eax; int $0x60");

static multicall_entry_t m[8];

static void set(int i, unsigned int op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	m[i] = (multicall_entry_t){ .op = op, .result = 0x55, .args = { a, b, c, d } };
}

static void in_order(void)
{
	struct xen_feature_info fi = { 0 };
	void *page = page_alloc();
	uint64_t pte = (uint64_t)virt_to_mfn(page) * PAGE_SIZE;

	set(0, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0);
	set(1, 47, 1, 2, 3, 4);
	set(2, __HYPERVISOR_xen_version, XENVER_get_features, (uint32_t)&fi, 0, 0);
	set(3, __HYPERVISOR_update_va_mapping, (uint32_t)page, pte | PTE_RO, pte >> 32,
	    UVMF_INVLPG);
	set(4, __HYPERVISOR_update_va_mapping, (uint32_t)page, pte | PTE_RW, pte >> 32,
	    UVMF_INVLPG);
	set(5, __HYPERVISOR_xen_version, XENVER_extraversion, 0x1000, 0, 0);
	set(6, __HYPERVISOR_fpu_taskswitch, 0, 0, 0, 0);
	set(7, 0xffffffff, 0, 0, 0, 0);
	EXPECT(ringone_multicall(m, 8), 0);
	EXPECT(m[0].result, ringone_xen_version(XENVER_version, NULL));
	EXPECT((long)m[1].result, -XEN_ENOSYS);
	EXPECT((long)m[2].result, 0);
	CHECK(fi.submap, "features stay 0");
	EXPECT((long)m[3].result, 0);
	EXPECT((long)m[4].result, 0);
	EXPECT((long)m[5].result, -XEN_EFAULT);
	EXPECT((long)m[6].result, 0);
	EXPECT((long)m[7].result, -XEN_ENOSYS);
	EXPECT(probe(*(volatile int *)page = 1), NO_FAULT);
}

/* The frame of an iret hypercall lies on the stack of the caller of the batch. */
static void iret_inside(void)
{
	struct user u;

	user_load(&hello);
	user_default(&u);
	set(0, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0);
	set(1, __HYPERVISOR_iret, 0, 0, 0, 0);
	set(2, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0);
	m[2].args[0] = XENVER_pagesize;
	uint32_t list = (uint32_t)m, count = 3;
	unsigned int v =
		probe(asm volatile("pushl %3; pushl %2; pushl $0x202; pushl %5; pushl %4; pushl $0;"
				   "movl $13, %%eax; int $0x82; addl $24, %%esp"
				   : "+b"(list), "+c"(count)
				   : "d"(u.esp), "S"(u.ss), "D"(u.eip), "i"(FLAT_USER_CS)
				   : "eax", "memory"));

	note("iret inside a batch: vector %x, results %lx %lx %lx", v, m[0].result, m[1].result,
	     m[2].result);
	if (v == NO_FAULT) {
		CHECK((long)m[1].result < 0, "iret in a batch returned %ld", (long)m[1].result);
	} else {
		if (v == USER_EXIT)
			EXPECT(trap.frame.eax == 0x600d && (trap.frame.cs & 3) == 3, 1);
		EXPECT(m[2].result, 0x55);
	}
}

void test_main(void)
{
	in_order();
	/* A batch in a batch. */
	set(0, __HYPERVISOR_multicall, (uint32_t)&m[1], 1, 0, 0);
	set(1, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0);
	ringone_multicall(m, 1);
	CHECK((long)m[0].result < 0, "nested multicall returned %ld", (long)m[0].result);
	EXPECT(m[1].result, 0x55);
	EXPECT(ringone_multicall(m, 0), 0);
	EXPECT(ringone_multicall((multicall_entry_t *)0x1000, 1), -XEN_EFAULT);
	EXPECT(ringone_multicall((multicall_entry_t *)0xfffffff0, 1), -XEN_EFAULT);
	iret_inside();
}
