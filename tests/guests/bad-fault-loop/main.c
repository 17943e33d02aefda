/* SPDX-License-Identifier: MIT */
/*
 * Question: a page-fault handler whose first instruction is not there, so that its own entry
 * faults, and so on down the stack?
 *
 * Expected: each fault costs the guest a frame of its stack; when that runs out of its page the
 * domain dies with a report. The hypervisor neither loops nor runs out of a stack of its own.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	static struct trap_info table[2];
	char *stack = page_alloc_n(3);

	page_forget(stack); /* a stack of two pages with nothing below */
	ringone_trap(&table[0], PF, 0, FLAT_KERNEL_CS, (void *)0x40001000, features);
	ringone_set_trap_table(table);
	note("expecting death: a fault in the fault handler, for ever");
	asm volatile("movl %0, %%esp; movl 0x40002000, %%eax" : : "r"(stack + 3 * PAGE_SIZE));
	guest_fail("alive");
}
