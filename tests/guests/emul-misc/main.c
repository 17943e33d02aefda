/* SPDX-License-Identifier: MIT */
/*
 * Question: what of the other privileged instructions that kernels execute?
 *
 * Expected: clts, invlpg (not on Xen) and wbinvd work silently (wbinvd may be refused to those without
 * devices); hlt waits for an event or is #GP, and cli and sti are #GP or nothing but never
 * change the hardware flag; lgdt, lidt, lldt, ltr are #GP; sgdt does not fault and shows
 * nothing useful; the same from ring 3 is always #GP.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"
#include "user.h"

USER_CODE(u_clts, "clts");
USER_CODE(u_invlpg, "invlpg 0xc0000000");
USER_CODE(u_wbinvd, "wbinvd");
USER_CODE(u_cr0, "movl %cr0, %eax");
USER_CODE(u_rdmsr, "movl $0x1b, %ecx; rdmsr");
USER_CODE(u_lgdt, "lgdt 0x08001000");
USER_CODE(u_xsetbv, "xorl %ecx, %ecx; xorl %edx, %edx; movl $1, %eax; .byte 0x0f,0x01,0xd1");

static void ring3_may_not(const struct user_code *c, const char *what)
{
	unsigned int v = user_run(c);

	CHECK(v == GP || v == UD, "%s from ring 3: vector %x", what, v);
}

/* Sleeps until the timer, as the idle loop of a kernel that knows nothing of SCHEDOP_block. */
static void hlt(void)
{
	/* The tick first: one that comes once the port is there is what hlt would wait for. */
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	int timer = bind_virq(VIRQ_TIMER);

	port_unmask(timer);
	events_off();
	uint64_t t = now_ns();

	ringone_set_timer_op(t + 20 * NS_MS);
	unsigned int v = probe(asm volatile("hlt"));

	note("hlt: vector %x after %d us", v, (int)((now_ns() - t) / 1000));
	CHECK(v == GP || (v == NO_FAULT && now_ns() - t >= 19 * NS_MS), "vector %x", v);
	CHECK(v == NO_FAULT || !on_ringone, "hlt is not emulated");
	events_off();
}

void test_main(void)
{
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) table = { 0xffff, 0 };
	unsigned int v;

	EXPECT(probe(asm volatile("clts")), NO_FAULT);
	v = probe(asm volatile("invlpg 0xc0100000"));
	CHECK(v == NO_FAULT || !on_ringone, "invlpg: vector %x", v);
	v = probe(asm volatile("invlpg 0xfffff000"));
	CHECK(v == NO_FAULT || !on_ringone, "invlpg in the hole: vector %x", v);
	v = probe(asm volatile("wbinvd"));
	note("wbinvd: vector %x", v);
	CHECK(v == NO_FAULT || v == GP, "vector %x", v);
	hlt();
	note("cli %x, sti %x", probe(asm volatile("cli")), probe(asm volatile("sti")));
	EXPECT_FAULT(GP, asm volatile("lgdt %0" : : "m"(table)));
	EXPECT_FAULT(GP, asm volatile("lidt %0" : : "m"(table)));
	EXPECT_FAULT(GP, asm volatile("lldt %%ax" : : "a"(0)));
	EXPECT_FAULT(GP, asm volatile("ltr %%ax" : : "a"(8)));
	EXPECT(probe(asm volatile("sgdt %0" : "=m"(table))), NO_FAULT);

	uint32_t flags;

	asm volatile("pushfl; popl %0" : "=r"(flags));
	CHECK(flags & 0x200, "the hardware's IF is clear: %x", flags);
	EXPECT(flags >> 12 & 3, 0);
	asm volatile("pushl %0; popfl" : : "r"(flags & ~0x200u));
	asm volatile("pushfl; popl %0" : "=r"(flags));
	CHECK(flags & 0x200, "popf cleared the hardware's IF: %x", flags);

	/* TF and NT on the way into the hypervisor. */
	v = probe(asm volatile("pushfl; orl $0x100, (%%esp); popfl; int $0x82; nop"
			       :
			       : "a"(17), "b"(0), "c"(0)
			       : "edx", "memory"));
	note("single step over a hypercall: vector %x", v);
	CHECK(v == DB, "vector %x", v);
	v = probe(asm volatile("pushfl; orl $0x4000, (%%esp); popfl; int $0x82; pushfl; "
			       "andl $~0x4000, (%%esp); popfl"
			       :
			       : "a"(17), "b"(0), "c"(0)
			       : "edx", "memory"));
	note("NT over a hypercall: vector %x", v);

	ring3_may_not(&u_clts, "clts");
	ring3_may_not(&u_invlpg, "invlpg");
	ring3_may_not(&u_wbinvd, "wbinvd");
	ring3_may_not(&u_cr0, "mov from CR0");
	ring3_may_not(&u_rdmsr, "rdmsr");
	ring3_may_not(&u_lgdt, "lgdt");
	ring3_may_not(&u_xsetbv, "xsetbv");
}
