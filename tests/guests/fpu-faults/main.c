/* SPDX-License-Identifier: MIT */
/*
 * Question: do the FPU's own faults arrive, and does a kernel that switches it lazily get by?
 *
 * Expected: an unmasked x87 exception is #MF at the next waiting instruction, in ring 1 and in
 * ring 3, also when hypercalls and a sleep lie between; with SSE an unmasked one is #XM at once
 * (where the emulator raises it: QEMU's TCG does not). With TS set every user of the FPU is #NM,
 * FWAIT, MMX and SSE included, and #NM goes before a pending #MF; TS is clear when the handler
 * runs, and the instruction then works as if nothing had been. The registers of a process that
 * used none come through others' use of TS.
 */
#include "event.h"
#include "mm.h"
#include "user.h"

#define CPUID1_MMX (1u << 23)
#define CPUID1_SSE (1u << 25)

#define DIVIDE                                                              \
	"fninit; movl $0x37b, -8(%esp); fldcw -8(%esp); movl $0, -8(%esp);" \
	"fld1; fdivs -8(%esp);"

USER_CODE(divide, DIVIDE "fwait; int $0x60");
USER_CODE(divide_late, DIVIDE "int $0x60; fwait; int $0x60");
USER_CODE(wait, "fwait; int $0x60");
USER_CODE(mmx, "movd %eax, %mm0; emms; int $0x60");
USER_CODE(sse, "xorps %xmm0, %xmm0; int $0x60");
USER_CODE(third, "fld1; movl $3, -8(%esp); fidivl -8(%esp); fstpl -8(%esp);"
		 "movl -8(%esp), %eax; movl -4(%esp), %edx; int $0x60");
USER_CODE(simd, "movl $0x1d80, -8(%esp); ldmxcsr -8(%esp); xorps %xmm0, %xmm0;"
		"movl $0x3f800000, -8(%esp); movss -8(%esp), %xmm1; divss %xmm0, %xmm1; int $0x60");

static uint32_t cpuid1_edx(void)
{
	struct ringone_cpuid id;

	ringone_forced_cpuid(1, 0, &id);
	return id.edx;
}

static uint32_t cr0(void)
{
	uint32_t v;

	asm volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}

static void x87_faults(void)
{
	extern char here[];
	const uint16_t cw = 0x37b;
	const float zero = 0;
	struct user u;

	EXPECT(user_run(&divide), MF);
	EXPECT(trap.frame.eip, USER_CODE_VA + (divide.end - divide.start) - 3);
	asm volatile("fnclex");
	/* Held back while its process is elsewhere. */
	EXPECT(user_run(&divide_late), USER_EXIT);
	user_default(&u);
	u.eip = trap.frame.eip;
	ringone_set_timer_op(now_ns() + 20 * NS_MS);
	ringone_sched_op(SCHEDOP_block, NULL);
	events_off();
	EXPECT(user_enter(&u), MF);
	EXPECT(trap.frame.eip, u.eip);
	asm volatile("fnclex");
	/* In the kernel. */
	EXPECT(probe(asm volatile("fninit; fldcw %0; fld1; fdivs %1\n"
				  "here: fwait"
				  :
				  : "m"(cw), "m"(zero))),
	       MF);
	EXPECT(trap.frame.eip, (uint32_t)here);
	/* TS first: who owns the exception is to be found out before it is reported. */
	EXPECT(ringone_fpu_taskswitch(1), 0);
	EXPECT(user_run(&wait), NM);
	EXPECT(user_run(&wait), MF);
	asm volatile("fninit");
}

static unsigned int nms;

static int lazily(struct ringone_frame *f)
{
	if (f->vector != NM)
		return 0;
	nms++;
	CHECK(!(cr0() & 8), "TS is set in the handler");
	return 1;
}

static void lazy(void)
{
	multicall_entry_t turn[2] = {
		{ .op = __HYPERVISOR_stack_switch,
		  .args = { FLAT_KERNEL_SS, (unsigned long)trap_stack + sizeof(trap_stack) } },
		{ .op = __HYPERVISOR_fpu_taskswitch, .args = { 1 } },
	};
	volatile double kept = 0;
	uint64_t bits;

	trap_hook = lazily;
	for (unsigned int i = 1; i <= 3; i++) {
		nms = 0;
		/* As a switch of processes does it. */
		EXPECT(ringone_multicall(turn, 2), 0);
		CHECK(cr0() & 8, "TS is clear");
		EXPECT(user_run(&third), USER_EXIT);
		EXPECT(nms, 1);
		CHECK(trap.frame.edx == 0x3fd55555 && trap.frame.eax == 0x55555555, "%x %x",
		      trap.frame.edx, trap.frame.eax);
		EXPECT(user_run(&third), USER_EXIT);
		EXPECT(nms, 1);
	}
	/* The registers are there behind #NM, with what was in them before TS was set. */
	asm volatile("fninit; fldpi");
	EXPECT(ringone_fpu_taskswitch(1), 0);
	asm volatile("fstpl %0" : "=m"(kept));
	memcpy(&bits, (const void *)&kept, 8);
	CHECK(bits == 0x400921fb54442d18ull, "%llx", bits);
	trap_hook = NULL;
}

static void all_users(void)
{
	const struct {
		const struct user_code *code;
		uint32_t feature;
		const char *what;
	} users[] = { { &wait, 0, "fwait" },
		      { &mmx, CPUID1_MMX, "MMX" },
		      { &sse, CPUID1_SSE, "SSE" } };

	for (unsigned int i = 0; i < 3; i++) {
		if (users[i].feature && !(cpuid1_edx() & users[i].feature))
			continue;
		EXPECT(ringone_fpu_taskswitch(1), 0);
		unsigned int v = user_run(users[i].code);

		CHECK(v == NM, "%s with TS: vector %x", users[i].what, v);
		EXPECT(trap.frame.eip, USER_CODE_VA);
		v = user_run(users[i].code);
		CHECK(v == USER_EXIT, "%s without TS: vector %x", users[i].what, v);
	}
}

static void simd_faults(void)
{
	if (!(cpuid1_edx() & CPUID1_SSE))
		return;
	unsigned int v = user_run(&simd);

	note("an unmasked division by zero in SSE: vector %x", v);
	CHECK(v == XM || v == USER_EXIT, "vector %x", v);
	if (v == XM)
		EXPECT(trap.frame.eip, USER_CODE_VA + (simd.end - simd.start) - 6);
	static const uint32_t mxcsr = 0x1f80;

	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
}

void test_main(void)
{
	int port = bind_virq(VIRQ_TIMER);

	port_unmask(port);
	EXPECT(ringone_fpu_taskswitch(0), 0);
	for (guest_user_native = 0; guest_user_native < 2; guest_user_native++) {
		x87_faults();
		lazy();
		all_users();
		simd_faults();
	}
}
