/* SPDX-License-Identifier: MIT */
/*
 * Question: which assists can be switched on and off?
 *
 * Expected: 4gb_segments, its notification, writable_pagetables, pae_extended_cr3,
 * architectural_iopl and runstate_update_flag; what does not exist is -EINVAL, an unknown command
 * -ENOSYS.
 *
 * A 64-bit Xen hosting this guest may refuse some of them to 32-bit kernels; there only the
 * refusal's errno is checked.
 */
#include "guest.h"

void test_main(void)
{
	static const unsigned int types[] = {
		VMASST_TYPE_4gb_segments,        VMASST_TYPE_4gb_segments_notify,
		VMASST_TYPE_writable_pagetables, VMASST_TYPE_pae_extended_cr3,
		VMASST_TYPE_architectural_iopl,  VMASST_TYPE_runstate_update_flag,
	};

	for (unsigned int i = 0; i < sizeof(types) / 4; i++) {
		long on = ringone_vm_assist(VMASST_CMD_enable, types[i]);
		long off = ringone_vm_assist(VMASST_CMD_disable, types[i]);

		note("type %u: enable %ld, disable %ld", types[i], on, off);
		CHECK(on == 0 || (!on_ringone && on == -XEN_EINVAL), "type %u: %ld", types[i], on);
		CHECK(off == 0 || (!on_ringone && off == -XEN_EINVAL), "type %u: %ld", types[i],
		      off);
	}
	EXPECT(ringone_vm_assist(VMASST_CMD_enable, 17), -XEN_EINVAL);
	EXPECT(ringone_vm_assist(VMASST_CMD_enable, 1000), -XEN_EINVAL);
	EXPECT(ringone_vm_assist(VMASST_CMD_enable, -1u), -XEN_EINVAL);
	EXPECT(ringone_vm_assist(7, VMASST_TYPE_writable_pagetables), -XEN_ENOSYS);
}
