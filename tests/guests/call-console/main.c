/* SPDX-License-Identifier: MIT */
/*
 * Question: does console_io write what it is given and refuse what it cannot read?
 *
 * Expected: 0 for a write, 0 for a read with nobody typing, -EFAULT for a pointer to nothing or
 * into the hole (and nothing of the hypervisor's memory appears), -ENOSYS for other commands.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	static char text[] = "# by console_io itself\n";
	char in[16];

	EXPECT(ringone_console_io(CONSOLEIO_write, sizeof(text) - 1, text), 0);
	EXPECT(ringone_console_io(CONSOLEIO_write, 0, NULL), 0);
	EXPECT(ringone_console_io(CONSOLEIO_read, sizeof(in), in), 0);
	EXPECT(ringone_console_io(CONSOLEIO_write, 4, (char *)0x1000), -XEN_EFAULT);
	EXPECT(ringone_console_io(CONSOLEIO_write, 64, (char *)0xfffffff0), -XEN_EFAULT);
	EXPECT(ringone_console_io(CONSOLEIO_write, 64, (char *)m2p_range.v_end), -XEN_EFAULT);
	EXPECT(ringone_console_io(1000, 4, text), -XEN_ENOSYS);
}
