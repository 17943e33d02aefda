/* SPDX-License-Identifier: MIT */
/*
 * Question: an event comes while the kernel's stack points at nothing, and nothing else will ever
 * interrupt this guest: all its timers are off, and it only spins?
 *
 * Expected: the upcall cannot be delivered; the domain dies there and then, with a report. (It
 * once was only marked as dead, and span on until somebody would look.)
 */
#include "guest.h"
#include "event.h"

void test_main(void)
{
	int timer = bind_virq(VIRQ_TIMER);

	port_unmask(timer);
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	note("expecting death: upcall on an unmapped stack");
	ringone_set_timer_op(now_ns() + 30 * NS_MS);
	events_on();
	asm volatile("movl $0x40001000, %esp; 1: jmp 1b");
	guest_fail("alive");
}
