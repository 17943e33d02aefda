/* SPDX-License-Identifier: MIT */
/*
 * Question: do NMIs that come at any moment reach the callback, and disturb nothing else?
 *
 * Expected: while the guest computes in ring 1 and in ring 3, makes hypercalls, faults and lets
 * others have the processor, every register comes through; the callback is entered with events
 * masked and never within itself; one that comes while the domain sleeps wakes it, and one that
 * meets the hypervisor at work is delivered when that is done.
 */
#include "event.h"
#include "mm.h"
#include <xen/nmi.h>
#include "user.h"

static volatile unsigned int nmis __attribute__((used)), within __attribute__((used)),
	nested __attribute__((used)), unmasked __attribute__((used));
static volatile uint8_t *mask __attribute__((used));
extern char nmi_entry[];

/* Takes its time, so that the next one would find it at work. */
asm(".pushsection .text; nmi_entry:\n"
    "	incl	nmis\n"
    "	cmpl	$0, within\n"
    "	je	1f\n"
    "	incl	nested\n"
    "1:	movl	$1, within\n"
    "	pushl	%eax\n"
    "	movl	mask, %eax\n"
    "	cmpb	$0, (%eax)\n"
    "	jne	2f\n"
    "	incl	unmasked\n"
    "2:	movl	$200000, %eax\n"
    "3:	decl	%eax\n"
    "	jnz	3b\n"
    "	popl	%eax\n"
    "	movl	$0, within\n"
    "	jmp	ringone_hypercall_page + 23 * 32\n"
    ".popsection");

USER_CODE(spin, "movl $0x11, %eax; movl $0x22, %ebx; movl $0x33, %edx; movl $0x44, %esi;"
		"movl $0x55, %edi; movl $0x66, %ebp; movl $20000000, %ecx; 1: decl %ecx; jnz 1b;"
		"int $0x60");

static int later(unsigned int before)
{
	return nmis != before;
}

static void ring1(void)
{
	unsigned int before = nmis, wrong = 0;

	for (unsigned int i = 0; i < 60 && !(i > 10 && later(before)); i++) {
		uint32_t a = i, b = ~i, c = i * 3, d = i * 5, n = 500000;

		asm volatile("1: decl %4; jnz 1b"
			     : "+a"(a), "+b"(b), "+c"(c), "+d"(d), "+S"(n)
			     :
			     : "cc");
		wrong += a != i || b != ~i || c != i * 3 || d != i * 5 || n;
	}
	EXPECT(wrong, 0);
	CHECK(later(before), "none came to ring 1");
}

static void ring3(void)
{
	unsigned int before = nmis;

	for (unsigned int i = 0; i < 8 && !(i && later(before)); i++) {
		EXPECT(user_run(&spin), USER_EXIT);
		CHECK(trap.frame.eax == 0x11 && trap.frame.ebx == 0x22 && trap.frame.edx == 0x33 &&
			      trap.frame.esi == 0x44 && trap.frame.edi == 0x55 &&
			      trap.frame.ebp == 0x66 && !trap.frame.ecx,
		      "registers of the process");
	}
	CHECK(later(before), "none came to ring 3");
}

/* Short calls, which look for nothing on their way out, faults, and the long way round. */
static void calls(void)
{
	unsigned int before = nmis;
	uint64_t end = now_ns() + 400 * NS_MS;

	while (now_ns() < end || (!later(before) && now_ns() < end + 2000 * NS_MS)) {
		EXPECT(ringone_call(60, 0, 0, 0, 0, 0), -XEN_ENOSYS);
		CHECK(ringone_xen_version(XENVER_version, NULL) > 0, "XENVER_version");
		EXPECT_FAULT(UD, asm volatile("ud2"));
		EXPECT(ringone_sched_op(SCHEDOP_yield, NULL), 0);
	}
	CHECK(later(before), "none came between hypercalls");
}

static void asleep(void)
{
	uint64_t start = now_ns();
	unsigned int before = nmis;

	for (unsigned int i = 0; i < 5 && !(i && later(before)); i++) {
		ringone_set_timer_op(now_ns() + 20000 * NS_MS);
		EXPECT(ringone_sched_op(SCHEDOP_block, NULL), 0);
	}
	events_off();
	ringone_set_timer_op(0);
	CHECK(later(before), "none came to a domain that sleeps");
	CHECK(now_ns() - start < 15000 * NS_MS, "slept for %u ms",
	      (unsigned int)((now_ns() - start) / NS_MS));
}

void test_main(void)
{
	struct xennmi_callback cb = { .handler_address = (unsigned long)nmi_entry };
	int port = bind_virq(VIRQ_TIMER);

	mask = &vcpu->evtchn_upcall_mask;
	port_unmask(port);
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	EXPECT(ringone_call(__HYPERVISOR_nmi_op, XENNMI_register_callback, (uint32_t)&cb, 0, 0, 0),
	       0);
	ring1();
	ring3();
	calls();
	asleep();
	note("%u NMIs", nmis);
	EXPECT(nested, 0);
	EXPECT(unmasked, 0);
	EXPECT(ringone_call(__HYPERVISOR_nmi_op, XENNMI_unregister_callback, 0, 0, 0, 0), 0);
}
