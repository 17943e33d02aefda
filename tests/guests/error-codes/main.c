/* SPDX-License-Identifier: MIT */
/*
 * Question: are error codes the processor's own, bit for bit, for each way to fault?
 *
 * Expected, as the manual has it (volume 3, "Error code"): a selector that cannot be loaded is
 * named with its table bit and without its RPL, by #GP, #NP or #SS as it deserves; what concerns
 * no selector is 0; INT n names the vector with the IDT bit; #PF has present, write, user and
 * (with NX) fetch. From ring 1 and from ring 3, from GDT and LDT, by MOV, far jump, far call, and
 * the processor's iret; and the stack and the registers are as before the instruction.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

enum slot { DATA = 4, DATA1, READ_ONLY, ABSENT, CODE_ABSENT, CODE1, CODE3, EMPTY, SYSTEM };

static uint64_t *gdt, *ldt;

static void fill(uint64_t *t)
{
	const unsigned int flat = DESC_G | DESC_D;

	t[DATA] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | DESC_DATA, flat);
	t[DATA1] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(1) | DESC_DATA, flat);
	t[READ_ONLY] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | (DESC_DATA & ~2), flat);
	t[ABSENT] = descriptor(0, 0xfffff, DESC_DPL(3) | DESC_DATA, flat);
	t[CODE_ABSENT] = descriptor(0, 0xfffff, DESC_DPL(3) | DESC_CODE, flat);
	t[CODE1] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(1) | DESC_CODE, flat);
	t[CODE3] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | DESC_CODE, flat);
}

USER_CODE(load_ds, "movl %eax, %ds; int $0x60");
USER_CODE(load_gs, "movl %eax, %gs; int $0x60");
USER_CODE(load_ss, "movl %eax, %ss; int $0x60");
USER_CODE(pop_es, "pushl %eax; popl %es; int $0x60");
USER_CODE(far_jump, "movl $0x08000100, -16(%esp); movl %eax, -12(%esp); ljmp *-16(%esp)");
USER_CODE(far_call, "movl $0x08000100, -16(%esp); movl %eax, -12(%esp); lcall *-16(%esp)");
USER_CODE(far_return, "pushl %eax; pushl $0x08000100; lretl");
USER_CODE(native_iret, "pushfl; pushl %eax; pushl $0x08000100; iretl");
USER_CODE(through_null, "movl %eax, %ds; movl 0x08001000, %ecx; int $0x60");

#define NONE 0xffff /* no fault: it arrives at int $0x60 */

struct question {
	const struct user_code *code;
	const char *what;
	unsigned int slot; /* of GDT and LDT both; or a selector, with raw set */
	unsigned int raw;
	unsigned int vector, offset;
	int names; /* the error code is the selector's, else 0 */
};

static void ask(const struct question *q, unsigned int in_ldt)
{
	unsigned int sel = q->raw ? q->slot : q->slot * 8 | 3 | in_ldt * 4;
	struct user u;

	user_load(q->code);
	user_default(&u);
	u.eax = sel;
	u.ebx = 0xbbbb;
	unsigned int v = user_enter(&u), want = q->names ? sel & ~3u : 0;

	if (q->vector == NONE) {
		CHECK(v == USER_EXIT, "%s %x: vector %x error %x", q->what, sel, v, trap.error);
		return;
	}
	CHECK(v == q->vector && (trap.error & 0xffff) == want,
	      "%s %x: vector %x error %x, expected %x %x", q->what, sel, v, trap.error, q->vector,
	      want);
	CHECK(trap.frame.eip == USER_CODE_VA + q->offset && trap.frame.ebx == 0xbbbb &&
		      (trap.frame.cs & 0xffff) == FLAT_USER_CS,
	      "%s %x: at %04x:%x", q->what, sel, trap.frame.cs & 0xffff, trap.frame.eip);
}

/* QEMU's TCG checks no limits, and lets a null segment be used. */
static int null_checked;

static void find_null_checked(void)
{
	unsigned int v;

	asm volatile("mov %0, %%fs" : : "r"(0));
	v = probe(asm volatile("mov %%fs:0, %%eax" : : : "eax"));
	null_checked = v == GP;
	if (null_checked)
		EXPECT(trap.error, 0);
	else
		EXPECT(v, PF);
}

static void from_ring3(void)
{
	static const struct question questions[] = {
		{ &load_ds, "DS data", DATA, 0, NONE, 0, 0 },
		{ &load_ds, "DS read-only", READ_ONLY, 0, NONE, 0, 0 },
		{ &load_ds, "DS of ring 1", DATA1, 0, GP, 0, 1 },
		{ &load_ds, "DS absent", ABSENT, 0, NP, 0, 1 },
		{ &load_gs, "GS absent", ABSENT, 0, NP, 0, 1 },
		{ &load_gs, "GS empty", EMPTY, 0, GP, 0, 1 },
		{ &load_gs, "GS code of ring 3", CODE3, 0, NONE, 0, 0 },
		{ &load_gs, "GS code of ring 1", CODE1, 0, GP, 0, 1 },
		{ &pop_es, "pop ES absent", ABSENT, 0, NP, 1, 1 },
		{ &load_ss, "SS data", DATA, 0, NONE, 0, 0 },
		{ &load_ss, "SS read-only", READ_ONLY, 0, GP, 0, 1 },
		{ &load_ss, "SS absent", ABSENT, 0, SS, 0, 1 },
		{ &load_ss, "SS of ring 1", DATA1, 0, GP, 0, 1 },
		{ &load_ss, "SS null", 0, 1, GP, 0, 0 },
		{ &load_ss, "SS null, RPL 3", 3, 1, GP, 0, 0 },
		{ &load_ss, "SS beyond the GDT", 0xfffb, 1, GP, 0, 1 },
		{ &load_ss, "SS of the hypervisor", 0xe010, 1, GP, 0, 1 },
		{ &load_ds, "DS of the hypervisor", 0xe013, 1, GP, 0, 1 },
		{ &load_ds, "DS beyond the LDT", 0x1007, 1, GP, 0, 1 },
		{ &through_null, "through DS null", 3, 1, GP, 2, 0 },
		{ &far_jump, "jump to absent code", CODE_ABSENT, 0, NP, 12, 1 },
		{ &far_jump, "jump to ring 1", CODE1, 0, GP, 12, 1 },
		{ &far_jump, "jump to data", DATA, 0, GP, 12, 1 },
		{ &far_jump, "jump to null", 0, 1, GP, 12, 0 },
		{ &far_call, "call of absent code", CODE_ABSENT, 0, NP, 12, 1 },
		{ &far_call, "call of ring 1", CODE1, 0, GP, 12, 1 },
		{ &far_return, "return to absent code", CODE_ABSENT, 0, NP, 6, 1 },
		{ &far_return, "return inwards", FLAT_KERNEL_CS, 1, GP, 6, 1 },
		{ &far_return, "return to null", 3, 1, GP, 6, 0 },
		{ &native_iret, "iret to absent code", CODE_ABSENT, 0, NP, 7, 1 },
		{ &native_iret, "iret to data", DATA, 0, GP, 7, 1 },
		{ &native_iret, "iret inwards", FLAT_KERNEL_CS, 1, GP, 7, 1 },
	};

	for (unsigned int i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		for (unsigned int in_ldt = 0; in_ldt < 2; in_ldt++)
			if (null_checked || questions[i].code != &through_null)
				ask(&questions[i], in_ldt);
}

static void loads(unsigned int sel, unsigned int vector, unsigned int error)
{
	unsigned int v = probe(asm volatile("mov %0, %%fs" : : "r"(sel)));

	CHECK(v == vector && (v == NO_FAULT || trap.error == error),
	      "FS %x: vector %x error %x, expected %x %x", sel, v, trap.error, vector, error);
}

static void from_ring1(void)
{
	loads(DATA1 * 8 | 1, NO_FAULT, 0);
	loads(DATA1 * 8 | 3, GP, DATA1 * 8); /* the weaker of CPL and RPL counts */
	loads(DATA1 * 8 | 7, GP, DATA1 * 8 | 4);
	loads(ABSENT * 8 | 1, NP, ABSENT * 8);
	loads(ABSENT * 8 | 5, NP, ABSENT * 8 | 4);
	loads(EMPTY * 8 | 4, GP, EMPTY * 8 | 4);
	loads(0xfffc, GP, 0xfffc);
	asm volatile("mov %0, %%fs" : : "r"(0));
	EXPECT_FAULT(GP, asm volatile("mov %0, %%ss" : : "r"(DATA * 8 | 3)));
	EXPECT(trap.error, DATA * 8);
	/* Not its ring's comes before not present. */
	EXPECT_FAULT(GP, asm volatile("mov %0, %%ss" : : "r"(ABSENT * 8 | 1)));
	EXPECT(trap.error, ABSENT * 8);
	EXPECT_FAULT(GP, asm volatile("int $0xfe"));
	CHECK(trap_error_is_int(0xfe), "error %x", trap.error);
	EXPECT_FAULT(GP, asm volatile("ltr %w0" : : "r"(0xe040)));
	EXPECT(trap.error, 0);
}

USER_CODE(run_data, "movl $0x08001000, %eax; jmp *%eax");
USER_CODE(write_kernel, "movl %eax, 0xc0100000");
USER_CODE(write_absent, "movl %eax, 0x40000000");
USER_CODE(run_absent, "movl $0x40000004, %eax; jmp *%eax");

static void page_faults(void)
{
	uint32_t *page = page_alloc();

	page_readonly(page);
	EXPECT_FAULT(PF, *(volatile uint32_t *)page = 1);
	EXPECT(trap.error, 3);
	EXPECT(trap.cr2, (uint32_t)page);
	EXPECT_FAULT(PF, *((volatile uint8_t *)page + 4095) = 1);
	EXPECT(trap.cr2, (uint32_t)page + 4095);
	EXPECT(user_run(&write_kernel), PF);
	EXPECT(trap.error, 7);
	EXPECT(trap.cr2, 0xc0100000);
	EXPECT(user_run(&write_absent), PF);
	EXPECT(trap.error, 6);
	EXPECT(user_run(&run_absent), PF);
	EXPECT(trap.error & ~0x10u, 4); /* fetch, where there is NX */
	EXPECT(trap.cr2, 0x40000004);
	EXPECT(trap.frame.eip, 0x40000004);
	/* No execution of data, where the processor can tell. */
	map_page(USER_DATA_VA, virt_to_mfn(user_data_page), PTE_USER | PTE_W);
	if (ringone_update_va_mapping(USER_DATA_VA,
				      (uint64_t)virt_to_mfn(user_data_page) << 12 | PTE_USER |
					      PTE_W | PTE_NX,
				      UVMF_INVLPG))
		return;
	EXPECT(user_run(&run_data), PF);
	EXPECT(trap.error, 0x15);
	EXPECT(trap.frame.eip, USER_DATA_VA);
	EXPECT(trap.cr2, USER_DATA_VA);
}

void test_main(void)
{
	xen_pfn_t frame;

	gdt = page_alloc();
	ldt = page_alloc();
	fill(gdt);
	fill(ldt);
	page_readonly(gdt);
	page_readonly(ldt);
	frame = virt_to_mfn(gdt);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt, 512), 0);
	find_null_checked();
	for (guest_user_native = 0; guest_user_native < 2; guest_user_native++)
		from_ring3();
	from_ring1();
	page_faults();
}
