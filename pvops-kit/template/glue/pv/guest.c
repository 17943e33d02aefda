// SPDX-License-Identifier: MIT
/*
 * What @OS@ gives to the shim and gets from it. ringone/shim.h is the whole interface; its first
 * page shows the order of a port's first minutes, and this file is that order.
 */
#include <ringone/shim.h>

extern struct start_info *guest_start_info;

/* The OS's own handlers, in assembly made of the macros in ringone/entry.h. */
extern const char guest_divide_error[], guest_general_protection[], guest_page_fault[],
	guest_page_fault_cr2[], guest_system_call[], guest_upcall[], guest_failsafe[];

/* Selector of the kernel's code: the builder's flat one until the port sets a GDT of its own. */
#define GUEST_CS FLAT_RING1_CS

static struct trap_info traps[5]; /* a zeroed entry ends the table */

/*
 * Called first thing (rules/10-start.cocci), with events masked. Registers traps and callbacks.
 * Returns 0, or the hypervisor's errno, negative: then nothing can be trusted, stop.
 */
long guest_start(void)
{
	unsigned int features = ringone_features();
	int cr2 = features & RINGONE_FEATURE_CR2_FRAME;
	long error;

	ringone_trap(&traps[0], 0, 0, GUEST_CS, guest_divide_error, features);
	ringone_trap(&traps[1], 13, RINGONE_TRAP_MASK_EVENTS, GUEST_CS, guest_general_protection,
		     features);
	ringone_trap(&traps[2], 14, RINGONE_TRAP_MASK_EVENTS, GUEST_CS,
		     cr2 ? guest_page_fault_cr2 : guest_page_fault, features);
	ringone_trap(&traps[3], 0x80, 3, GUEST_CS, guest_system_call, features);
	error = ringone_set_trap_table(traps);
	if (!error)
		error = ringone_set_callbacks(GUEST_CS, guest_upcall, GUEST_CS, guest_failsafe);
	return error;
}
