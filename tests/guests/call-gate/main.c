/* SPDX-License-Identifier: MIT */
/*
 * Question: how far do call gates work?
 *
 * Expected, as on the processor: a gate of DPL 3 in GDT or LDT leads from ring 3 to ring 1, on the
 * stack of stack_switch, with the caller's ESP and SS above the parameters that it copied, and a
 * far return goes back; from ring 1 it is a far call that stays on its stack. A gate of DPL 1 is
 * #GP with its selector for ring 3, one that is not present #NP; so is one whose target is not
 * present, with the target's selector. A page of the LDT that is needed for it comes when it is
 * needed. A gate into a segment of the hypervisor is refused, and so is any other kind of gate,
 * by set_gdt and by update_descriptor; a target of RPL 0 is taken for one of RPL 1.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

/* Named by the assembly. */
uint32_t gate_frame[6], gate_cs, gate_ss, gate_esp;
extern char gate_plain[], gate_two[];

enum slot { PLAIN = 4, TWO, KERNEL_ONLY, ABSENT, TO_ABSENT, GONE, TO_USER, RPL0, ODD };

#define TYPE_CALL     12u
#define SEL(slot)     ((slot)*8 | 3)
#define LDT_SEL(slot) (SEL(slot) | 4)
#define FAR_CODE      600 /* a code segment in the second page of the LDT */

static uint64_t gate(unsigned int type, unsigned int dpl, unsigned int sel, const void *at,
		     unsigned int params)
{
	uint32_t to = (uint32_t)(unsigned long)at;

	return (to & 0xffff) | sel << 16 |
	       (uint64_t)(params | type << 8 | dpl << 13 | 1 << 15) << 32 |
	       (uint64_t)(to >> 16) << 48;
}

static uint64_t *gdt, *ldt;

static long use_gdt(void)
{
	xen_pfn_t frame = virt_to_mfn(gdt);

	return ringone_set_gdt(&frame, 512);
}

/* Xen 4.17 refuses the last two: it has other flat segments of its own, and it mends no RPL. */
static void fill(uint64_t *t)
{
	t[PLAIN] = gate(TYPE_CALL, 3, FLAT_KERNEL_CS, gate_plain, 0);
	t[TWO] = gate(TYPE_CALL, 3, FLAT_KERNEL_CS, gate_two, 2);
	t[KERNEL_ONLY] = gate(TYPE_CALL, 1, FLAT_KERNEL_CS, gate_plain, 0);
	t[ABSENT] = t[PLAIN] & ~(1ull << 47);
	t[GONE] = descriptor(0, 0xfffff, DESC_DPL(1) | DESC_CODE, DESC_G | DESC_D);
	if (!on_ringone)
		return;
	t[TO_USER] = gate(TYPE_CALL, 3, FLAT_USER_CS, (void *)(USER_CODE_VA + 0x100), 0);
	t[RPL0] = gate(TYPE_CALL, 3, FLAT_KERNEL_CS & ~3u, gate_plain, 0);
}

static void fill_gdt(void)
{
	fill(gdt);
	gdt[TO_ABSENT] = gate(TYPE_CALL, 3, SEL(GONE) & ~2u, gate_plain, 0);
	gdt[ODD] = 0;
}

USER_CODE(plain, "lcall $0x23, $0x12345; int $0x60");
USER_CODE(two, "pushl $0x222; pushl $0x111; lcall $0x2b, $0; int $0x60");
USER_CODE(kernel_only, "lcall $0x33, $0; int $0x60");
USER_CODE(absent, "lcall $0x3b, $0; int $0x60");
USER_CODE(to_absent, "lcall $0x43, $0; int $0x60");
USER_CODE(to_user, "lcall $0x53, $0; int $0x60; .org to_user_start + 0x100; movl %esp, %ecx;"
		   "movl (%esp), %edx; movl $0x600d, %eax; lretl");
USER_CODE(rpl0, "lcall $0x5b, $0; int $0x60");
USER_CODE(jump, "ljmp $0x23, $0");
USER_CODE(from_ldt, "lcall $0x27, $0; int $0x60");
USER_CODE(wild, "movl $0x40000000, %esp; lcall $0x2b, $0; int $0x60");

/* The gate was gone through from ring 3, @params words were passed. */
static void passed(unsigned int v, unsigned int params, unsigned int cs, const char *what)
{
	uint32_t top = (uint32_t)(unsigned long)trap_stack + sizeof(trap_stack);
	uint32_t esp = gate_frame[2 + params];

	if (v != USER_EXIT || trap.frame.eax != 0x600d) {
		guest_fail("%s: vector %x error %x eax %x", what, v, trap.error, trap.frame.eax);
		return;
	}
	EXPECT(gate_cs & 0xffff, cs);
	EXPECT(gate_ss & 0xffff, FLAT_KERNEL_SS);
	EXPECT(gate_esp, top - (4 + params) * 4);
	EXPECT(gate_frame[1] & 0xffff, FLAT_USER_CS);
	EXPECT(gate_frame[0], trap.frame.eip - 2);
	EXPECT(gate_frame[3 + params] & 0xffff, FLAT_USER_SS);
	EXPECT(esp, USER_STACK_TOP - params * 4);
	EXPECT(trap.frame.esp, USER_STACK_TOP);
	for (unsigned int i = 0; i < params; i++)
		EXPECT(gate_frame[2 + i], 0x111 * (i + 1));
}

static void from_ring3(void)
{
	memset(gate_frame, 0, sizeof(gate_frame));
	passed(user_run(&plain), 0, FLAT_KERNEL_CS, "plain");
	passed(user_run(&two), 2, FLAT_KERNEL_CS, "two parameters");
	EXPECT(user_run(&kernel_only), GP);
	EXPECT(trap.error, SEL(KERNEL_ONLY) & ~3u);
	EXPECT(trap.frame.eip, USER_CODE_VA);
	EXPECT(user_run(&absent), NP);
	EXPECT(trap.error, SEL(ABSENT) & ~3u);
	EXPECT(user_run(&to_absent), NP);
	EXPECT(trap.error, SEL(GONE) & ~3u);
	/* A jump may not change rings. */
	EXPECT(user_run(&jump), GP);
	/* Parameters from where there is no stack: the caller's fault, and page. */
	EXPECT(user_run(&wild), PF);
	EXPECT(trap.frame.eip, USER_CODE_VA + 5);
	EXPECT(trap.cr2 & ~4095u, 0x40000000);
	if (!on_ringone)
		return;
	passed(user_run(&rpl0), 0, FLAT_KERNEL_CS, "a target of RPL 0");
	/* To one's own ring it is a far call like any other. */
	EXPECT(user_run(&to_user), USER_EXIT);
	EXPECT(trap.frame.eax, 0x600d);
	EXPECT(trap.frame.ecx, USER_STACK_TOP - 8);
	EXPECT(trap.frame.edx, USER_CODE_VA + 7);
}

static void from_ring1(void)
{
	uint32_t eax = 0, before = 0;

	EXPECT(probe(asm volatile("movl %%esp, %1; lcall $0x21, $0"
				  : "+a"(eax), "=m"(before)
				  :
				  : "ebx", "ecx", "edx", "cc", "memory")),
	       NO_FAULT);
	EXPECT(eax, 0x600d);
	EXPECT(gate_frame[1] & 0xffff, FLAT_KERNEL_CS);
	EXPECT(gate_esp, before - 8);
	eax = 0;
	EXPECT(probe(asm volatile("lcall $0x31, $0"
				  : "+a"(eax)
				  :
				  : "ebx", "ecx", "edx", "cc", "memory")),
	       NO_FAULT);
	EXPECT(eax, 0x600d);
}

/* Gate in the first page, target in the second: neither page is there before it is asked for. */
static void in_ldt(void)
{
	fill(ldt);
	ldt[PLAIN] = gate(TYPE_CALL, 3, LDT_SEL(FAR_CODE) & ~2u, gate_plain, 0);
	ldt[FAR_CODE] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(1) | DESC_CODE, DESC_G | DESC_D);
	page_readonly(ldt);
	page_readonly(ldt + 512);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt, 1024), 0);
	passed(user_run(&from_ldt), 0, LDT_SEL(FAR_CODE) & ~2u, "in the LDT");
	/* And with the target behind the end. */
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt, FAR_CODE), 0);
	EXPECT(user_run(&from_ldt), GP);
	EXPECT(trap.error, LDT_SEL(FAR_CODE) & ~3u);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, 0, 0), 0);
}

static void refused(void)
{
	const struct {
		const char *what;
		uint64_t desc;
	} bad[] = {
		{ "to the hypervisor's code", gate(TYPE_CALL, 3, 0xe008, gate_plain, 0) },
		{ "to the null selector", gate(TYPE_CALL, 3, 0, gate_plain, 0) },
		{ "a 16-bit one", gate(4, 3, FLAT_KERNEL_CS, gate_plain, 0) },
		{ "a task gate", gate(5, 3, FLAT_KERNEL_CS, gate_plain, 0) },
		{ "an interrupt gate", gate(14, 3, FLAT_KERNEL_CS, gate_plain, 0) },
		{ "a trap gate", gate(15, 3, FLAT_KERNEL_CS, gate_plain, 0) },
		{ "a TSS", gate(9, 3, FLAT_KERNEL_CS, gate_plain, 0) },
		{ "an LDT", gate(2, 3, FLAT_KERNEL_CS, gate_plain, 0) },
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		long ret = ringone_update_descriptor(virt_to_machine(&gdt[ODD]), bad[i].desc);

		/* Xen lets the null selector pass: it leads nowhere. */
		CHECK(ret == -XEN_EINVAL || (!ret && i == 1 && !on_ringone), "%s: %ld", bad[i].what,
		      ret);
	}
	xen_pfn_t frame = virt_to_mfn(gdt);

	EXPECT(ringone_set_gdt(&frame, 0), 0);
	page_writable(gdt);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fill_gdt(); /* a descriptor in use may be another one by now */
		gdt[ODD] = bad[i].desc;
		page_readonly(gdt);
		long ret = use_gdt();

		CHECK(ret == -XEN_EINVAL || (!ret && i == 1 && !on_ringone), "set_gdt with %s: %ld",
		      bad[i].what, ret);
		EXPECT(ringone_set_gdt(&frame, 0), 0);
		page_writable(gdt);
	}
	fill_gdt();
	page_readonly(gdt);
	EXPECT(use_gdt(), 0);
}

void test_main(void)
{
	gdt = page_alloc();
	ldt = page_alloc_n(2);
	fill_gdt();
	page_readonly(gdt);
	EXPECT(use_gdt(), 0);
	refused();
	from_ring3();
	guest_user_native = 1;
	from_ring3();
	from_ring1();
	in_ldt();
}
