/* SPDX-License-Identifier: MIT */
/*
 * Question: does fpu_taskswitch move the guest's TS, and does #NM arrive when it should?
 *
 * Expected: the FPU starts clean; after fpu_taskswitch(1) the next FPU instruction is #NM, in
 * ring 1 and ring 3; a guest whose handler does nothing gets TS cleared for it or clears it by
 * fpu_taskswitch(0) or by an emulated clts; setting CR0.TS by an emulated write does the same;
 * register contents survive traps, events and hypercalls.
 */
#include "guest.h"
#include "event.h"
#include "user.h"

USER_CODE(fpu, "fld1; int $0x60");

static uint32_t read_cr0(void)
{
	uint32_t v;

	asm volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}

void test_main(void)
{
	volatile double x = 1.0;
	uint16_t cw = 0;

	EXPECT(ringone_fpu_taskswitch(0), 0);
	asm volatile("fninit; fnstcw %0" : "=m"(cw));
	EXPECT(cw, 0x37f);
	EXPECT(read_cr0() & 8, 0);
	EXPECT(ringone_fpu_taskswitch(1), 0);
	EXPECT(read_cr0() & 8, 8);
	EXPECT(probe(asm volatile("fnop")), NM);
	EXPECT(ringone_fpu_taskswitch(1), 0);
	EXPECT(user_run(&fpu), NM);
	EXPECT(ringone_fpu_taskswitch(0), 0);
	EXPECT(user_run(&fpu), USER_EXIT);
	EXPECT(ringone_fpu_taskswitch(1), 0);
	asm volatile("clts");
	EXPECT(probe(asm volatile("fnop")), NO_FAULT);
	EXPECT(probe(asm volatile("mov %0, %%cr0" : : "r"(read_cr0() | 8))), NO_FAULT);
	EXPECT(probe(asm volatile("fnop")), NM);
	EXPECT(ringone_fpu_taskswitch(0), 0);

	/* 1/3 stays in the register while everything else happens. */
	int port = bind_ipi();

	asm volatile("fninit; fld1; fldl %0; fdivrp" : : "m"((double){ 3.0 }));
	port_unmask(port);
	events_on();
	port_send(port);
	events_off();
	probe(asm volatile("ud2"));
	ringone_sched_op(SCHEDOP_yield, NULL);
	asm volatile("fstpl %0" : "=m"(x));
	uint64_t bits;

	memcpy(&bits, (const void *)&x, 8);
	note("%llx", bits);
	CHECK(bits == 0x3fd5555555555555ull || bits == 0x4008000000000000ull, "%llx", bits);
}
