/* SPDX-License-Identifier: MIT */
/*
 * Question: can a context for a new VCPU carry in what the single calls would refuse?
 *
 * Expected: no. Descriptor tables with too many entries, of frames that are no descriptor pages or
 * hold a gate, page tables that are none, breakpoints in the hypervisor: each is refused and leaves
 * a VCPU that cannot come up, with no reference kept on what was named. Ring-0 selectors, an IOPL
 * and flags that a guest may not have are taken away: the VCPU runs in ring 1 with events masked.
 */
#include "smp.h"
#include "mm.h"

static struct vcpu_guest_context c;
static volatile unsigned int ran, cs, ss, ds, flags;

static void looks(unsigned int id)
{
	asm volatile("movl %%cs, %0; movl %%ss, %1; movl %%ds, %2; pushf; popl %3"
		     : "=r"(cs), "=r"(ss), "=r"(ds), "=r"(flags));
	ran = 1 + id;
	smp_stop();
}

static void refused(const char *what)
{
	long ret = ringone_vcpu_op(VCPUOP_initialise, 1, &c);

	CHECK(ret < 0, "%s: %ld", what, ret);
	if (!ret)
		guest_finish();
	EXPECT(ringone_vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
	EXPECT(ringone_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
	smp_context(&c, 1, looks);
}

static void descriptor_tables(void)
{
	uint64_t *table = page_alloc();

	c.gdt_ents = 14 * 512 + 1;
	refused("more descriptors than a GDT has room for");
	c.gdt_ents = ~0ul;
	refused("4 thousand million descriptors");
	c.gdt_ents = 1;
	c.gdt_frames[0] = virt_to_mfn(table);
	refused("a GDT that is mapped writable");
	c.gdt_ents = 1;
	c.gdt_frames[0] = 0xfffff0;
	refused("a GDT beyond all memory");

	table[3] = descriptor(0x1000, 0, DESC_P | DESC_DPL(3) | 0x0c, 0); /* a call gate */
	table[3] |= (uint64_t)0xe008 << 16;                               /* into ring 0 */
	page_readonly(table);
	c.gdt_ents = 512;
	c.gdt_frames[0] = virt_to_mfn(table);
	refused("a GDT with a gate into the hypervisor");
	EXPECT(page_remap(table, PTE_RW), 0);
	table[3] = 0;

	c.ldt_base = (unsigned long)table;
	c.ldt_ents = 8193;
	refused("more descriptors than an LDT has room for");
	c.ldt_base = (unsigned long)table + 8;
	c.ldt_ents = 8;
	refused("an LDT that begins in the middle of a page");
}

static void page_tables(void)
{
	char *page = page_alloc();

	c.ctrlreg[3] = 0;
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(page));
	memset(page, 0xff, PAGE_SIZE);
	refused("CR3 on a page of ones");
	EXPECT(page_remap(page, PTE_RO), 0);
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(page));
	refused("CR3 on a read-only page of ones");
	EXPECT(page_remap(page, PTE_RW), 0);
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(
		(void *)((unsigned long)l1_entry((unsigned long)page) & ~(PAGE_SIZE - 1ul))));
	refused("CR3 on an L1 table");
	c.ctrlreg[3] = xen_pfn_to_cr3(0xfffffu);
	refused("CR3 beyond memory");
}

static void ring0_is_taken_away(void)
{
	c.user_regs.cs &= ~3u;
	c.user_regs.ss &= ~3u;
	c.kernel_ss &= ~3u;
	c.user_regs.eflags = 1 << 9 | 3 << 12 | 1 << 14 | 1 << 17; /* IF, IOPL 3, NT, VM */
	if (on_ringone) /* it is up and runs by that alone; on Xen it is up, and sleeps */
		c.flags |= VGCF_online;
	EXPECT(ringone_vcpu_op(VCPUOP_initialise, 1, &c), 0);
	EXPECT(ringone_vcpu_op(VCPUOP_is_up, 1, NULL), on_ringone);
	EXPECT(ringone_vcpu_op(VCPUOP_initialise, 1, &c), -XEN_EEXIST);
	EXPECT(ringone_vcpu_op(VCPUOP_up, 1, NULL), 0);
	CHECK(smp_wait(&ran, 2, 5000), "it does not run");
	EXPECT(cs & 3, 1);
	EXPECT(ss & 3, 1);
	EXPECT(flags & 3 << 12, 0);
	note("cs %x ss %x ds %x eflags %x", cs, ss, ds, flags);
}

void test_main(void)
{
	smp_need(2);
	EXPECT(ringone_vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
	EXPECT(ringone_vcpu_op(VCPUOP_initialise, 1, (void *)0x1000), -XEN_EFAULT);
	EXPECT(ringone_vcpu_op(VCPUOP_initialise, 1, (void *)0xffffff00), -XEN_EFAULT);
	EXPECT(ringone_vcpu_op(VCPUOP_initialise, 7, &c), -XEN_ENOENT);
	EXPECT(ringone_vcpu_op(VCPUOP_initialise, ~0u, &c), -XEN_ENOENT);
	smp_context(&c, 1, looks);
	descriptor_tables();
	page_tables();
	if (on_ringone) { /* a 64-bit Xen is elsewhere */
		c.debugreg[0] = hole_start;
		c.debugreg[7] = 0x401;
		refused("a breakpoint in the hypervisor");
	}
	ring0_is_taken_away();
}
