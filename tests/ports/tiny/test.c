/* SPDX-License-Identifier: MIT */
/* What the kernel shows of itself before it starts a process. */
#include "paging.h"

static void check(const char *what, int ok)
{
	print("tiny: %s: %s\n", what, ok ? "ok" : "FAILED");
	if (!ok)
		panic("self test");
}

/* Stores a 1; returns 0 where that faults. */
static int store_faults(volatile uint32_t *at)
{
	int faulted = 0;

	asm volatile("1: movl $1, (%1); jmp 3f; 2: movl $1, %0; 3: " FIXUP("1b", "2b")
		     : "+r"(faulted)
		     : "r"(at)
		     : "memory");
	return faulted;
}

static int division_faults(void)
{
	int faulted = 0;

	asm volatile("1: divl %1; jmp 3f; 2: movl $1, %0; 3: " FIXUP("1b", "2b")
		     : "+r"(faulted)
		     : "r"(0)
		     : "eax", "edx", "cc");
	return faulted;
}

static int breakpoint_returns(void)
{
	int returned = 0;

	asm volatile("int3; movl $1, %0" : "+r"(returned));
	return returned;
}

/* Two mappings of one frame: what is written through one is read through the other. */
static int aliases_agree(void)
{
	uint32_t phys = frame_alloc(), *direct = to_virt(phys);
	volatile uint32_t *there = (uint32_t *)USER_BASE;
	struct space *s = space_create();
	int ok;

	space_map(s, USER_BASE, phys, PTE_W);
	space_use(s);
	*there = 0x600d;
	ok = *direct == 0x600d;
	space_map(s, USER_BASE, phys, 0);
	ok &= store_faults(there);
	space_use(&kernel_space);
	ok &= store_faults(there);
	space_destroy(s);
	return ok;
}

static int clock_runs(void)
{
	uint32_t then = ticks;

	irq_enable();
	while (ticks - then < 3)
		;
	irq_disable();
	then = ticks;
	wait_for_interrupt();
	return ticks != then;
}

void self_test(void)
{
	uint32_t free = frames_free();

	check("a breakpoint returns", breakpoint_returns());
	check("a division by zero is caught", division_faults());
	check("a store into nothing is caught", store_faults((uint32_t *)0x1000));
	check("a store into the kernel's code is caught", store_faults((uint32_t *)self_test));
	check("two mappings show one frame", aliases_agree());
	check("and gave back all memory", frames_free() == free);
	check("the clock interrupts", clock_runs());
}
