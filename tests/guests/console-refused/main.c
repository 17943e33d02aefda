/* SPDX-License-Identifier: MIT */
/*
 * Question: what does the log hold when a domain without the right prints by console_io, a
 * character a call?
 *
 * Expected: -EPERM each time, and one line of the hypervisor's about it, not thousands.
 */
#include "guest.h"

void test_main(void)
{
	static char text[] = "text that must not appear by itself\n";

	for (unsigned int i = 0; i < 1000; i++)
		EXPECT(ringone_console_io(CONSOLEIO_write, 1, &text[i % sizeof(text)]), -XEN_EPERM);
	EXPECT(ringone_console_io(CONSOLEIO_read, 1, text), -XEN_EPERM);
}
