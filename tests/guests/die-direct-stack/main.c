/* SPDX-License-Identifier: MIT */
/*
 * Question: int 0x80 through a direct gate, where the processor itself pushes on SS1:ESP1, with
 * nothing mapped there?
 *
 * Expected: the processor's own fault reaches the hypervisor in the middle of the switch; the
 * domain dies with a report, the hypervisor lives.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(call80, "int $0x80");
extern char guest_stub_soft[];

void test_main(void)
{
	static struct trap_info table[2];

	ringone_trap(&table[0], 0x80, 3, FLAT_KERNEL_CS, guest_stub_soft, features);
	ringone_set_trap_table(table);
	user_load(&call80);
	ringone_stack_switch(FLAT_KERNEL_SS, 0x40001000);
	note("expecting death: int 0x80 on an unmapped stack");
	user_run(&call80);
	guest_fail("alive");
}
