/* SPDX-License-Identifier: MIT */
/*
 * Question: does VCPUOP_initialise look at the state it is given as closely as the calls that set
 * each part of it?
 *
 * Expected: a GDT of more than 14 pages, a page table that is none, a kernel stack or code segment
 * of ring 0, an LDT in the hole are refused (or turned into something of ring 1); VCPU 1 stays
 * down; VCPU 0 goes on.
 */
#include "guest.h"
#include "mm.h"

static struct vcpu_guest_context c;
static uint64_t *gdt;

static void fresh(void)
{
	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.user_regs.ds = c.user_regs.es = FLAT_KERNEL_DS;
	c.user_regs.eflags = 0x202;
	c.user_regs.eip = (unsigned long)test_main;
	c.kernel_ss = FLAT_KERNEL_SS;
	c.kernel_sp = (unsigned long)(gdt + 512);
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(l3_table));
	c.event_callback_cs = c.failsafe_callback_cs = FLAT_KERNEL_CS;
}

static long initialise(void)
{
	return ringone_vcpu_op(VCPUOP_initialise, 1, &c);
}

void test_main(void)
{
	gdt = page_alloc();
	page_readonly(gdt);
	long ret = ringone_vcpu_op(VCPUOP_is_up, 1, NULL);

	if (ret == -XEN_ENOENT)
		guest_skip("there is no VCPU 1");
	EXPECT(ret, 0);
	for (unsigned int pages = 15; pages <= 16; pages++) {
		fresh();
		for (unsigned int i = 0; i < 16; i++)
			c.gdt_frames[i] = virt_to_mfn(gdt);
		c.gdt_ents = pages * 512;
		CHECK(initialise() < 0, "a GDT of %u pages", pages);
	}
	fresh();
	c.gdt_ents = 0x7fffffff;
	CHECK(initialise() < 0, "a GDT of 2 billion descriptors");
	fresh();
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(page_alloc()));
	CHECK(initialise() < 0, "a data page in CR3");
	fresh();
	c.ctrlreg[3] = 0x7ffff000;
	CHECK(initialise() < 0, "a frame that does not exist in CR3");
	fresh();
	c.ldt_base = m2p_range.v_end;
	c.ldt_ents = 16;
	CHECK(initialise() < 0, "an LDT in the hole");
	EXPECT(ringone_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
	CHECK(ringone_xen_version(XENVER_version, NULL) > 0, "dead");
}
