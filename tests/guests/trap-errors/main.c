/* SPDX-License-Identifier: MIT */
/*
 * Question: does each exception arrive at its vector, with the error code and the EIP the
 * processor gives it?
 *
 * Expected: #DE, #BP, #OF, #UD, #GP with selector and with 0, #PF with its bits, from ring 1 and
 * from ring 3; faults point at the instruction, traps behind it.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(u_ud, "nop; ud2");
USER_CODE(u_gp, "hlt");
USER_CODE(u_gp_sel, "movl $0xfff8, %eax; movl %eax, %ds");
USER_CODE(u_pf, "movl 0xc0000000, %eax");
USER_CODE(u_pf_w, "movl %eax, 0x08000000");
USER_CODE(u_bp, "int3");
USER_CODE(u_de, "xorl %eax, %eax; divl %eax");
USER_CODE(u_into, "movl $0x7fffffff, %eax; addl $1, %eax; into");

static void ring1(void)
{
	EXPECT_FAULT(UD, asm volatile("ud2"));
	EXPECT_FAULT(DE, asm volatile("xorl %%eax, %%eax; divl %%eax" : : : "eax", "edx"));
	EXPECT_FAULT(BP, asm volatile("int3"));
	EXPECT(((const uint8_t *)trap.frame.eip)[-1], 0xcc);
	EXPECT_FAULT(GP, asm volatile("mov %0, %%fs" : : "r"(0xfff8)));
	EXPECT(trap.error & 0xfffc, 0xfff8);
	EXPECT_FAULT(GP, asm volatile("int $0x91"));
	CHECK(trap_error_is_int(0x91), "error %x", trap.error);
	EXPECT_FAULT(PF, *(volatile int *)0x40000000);
	EXPECT(trap.error & 0x1f, 0);
	EXPECT(trap.cr2, 0x40000000);
	EXPECT_FAULT(PF, *(volatile int *)0x40000004 = 1);
	EXPECT(trap.error & 0x1f, 2);
	EXPECT(trap.cr2, 0x40000004);
	EXPECT(vcpu->arch.cr2, 0x40000004);
	EXPECT_FAULT(PF, asm volatile("jmp *%0" : : "r"(0x40001000)));
	EXPECT(trap.frame.eip, 0x40001000);
	EXPECT(trap.frame.cs & 0xffff, FLAT_KERNEL_CS);
}

static void ring3(void)
{
	EXPECT(user_run(&u_ud), UD);
	EXPECT(trap.frame.eip, USER_CODE_VA + 1);
	EXPECT(trap.frame.cs & 0xffff, FLAT_USER_CS);
	EXPECT(trap.frame.esp, USER_STACK_TOP);
	EXPECT(trap.frame.ss & 0xffff, FLAT_USER_SS);
	EXPECT(user_run(&u_gp), GP);
	EXPECT(trap.error, 0);
	EXPECT(user_run(&u_gp_sel), GP);
	EXPECT(trap.error & 0xfffc, 0xfff8);
	EXPECT(user_run(&u_pf), PF);
	EXPECT(trap.error & 0x1d, 5);
	EXPECT(trap.cr2, 0xc0000000);
	EXPECT(user_run(&u_pf_w), PF);
	EXPECT(trap.error & 0x1f, 7);
	EXPECT(trap.cr2, USER_CODE_VA);
	EXPECT(user_run(&u_bp), BP);
	EXPECT(trap.frame.eip, USER_CODE_VA + 1);
	EXPECT(user_run(&u_de), DE);
	EXPECT(user_run(&u_into), OF);
}

USER_CODE(u_85, "int $0x85");

/* What the table says of a vector's DPL goes for INT3 and INT n alike. */
static void levels(void)
{
	static struct trap_info table[3];
	extern const uint32_t guest_stubs[20];
	extern char guest_stub_soft[];

	table[0] = (struct trap_info){ BP, 1, FLAT_KERNEL_CS, guest_stubs[BP] };
	table[1] =
		(struct trap_info){ 0x85, 1, FLAT_KERNEL_CS, (uint32_t)guest_stub_soft + 5 * 16 };
	EXPECT(ringone_set_trap_table(table), 0);
	user_warm(); /* so that INT n is short */
	EXPECT(user_run(&u_bp), GP);
	EXPECT(trap.error, BP * 8 + 2);
	EXPECT(user_run(&u_85), GP);
	EXPECT(trap.error, 0x85 * 8 + 2);
	EXPECT_FAULT(0x85, asm volatile("int $0x85"));
}

void test_main(void)
{
	ring1();
	ring3();
	guest_user_native = 1;
	ring3();
	/* A 64-bit Xen lets ring 3 execute int3 whatever the table says. */
	if (on_ringone)
		levels();
}
