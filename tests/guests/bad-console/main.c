/* SPDX-License-Identifier: MIT */
/*
 * Question: a guest that talks without end, in pieces of every size and with any byte?
 *
 * Expected: all calls come back, a serial line that is slower than the guest holds up nobody but
 * the guest, and what cannot be read (the hole, the end of memory, a missing page) is -EFAULT.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	char *page = page_alloc_n(2);
	long ret = 0;

	for (unsigned int i = 0; i < 2 * PAGE_SIZE; i++)
		page[i] = i % 61 == 60 ? '\n' : 32 + i % 95;
	if (!(start_info->flags & SIF_INITDOMAIN))
		guest_skip("the ring is console enough for others");
	for (unsigned int n = 0; n < 30; n++)
		ret |= ringone_console_io(CONSOLEIO_write, n * 273 % PAGE_SIZE, page + n);
	for (unsigned int n = 0; n < 300; n++)
		ret |= ringone_console_io(CONSOLEIO_write, 1, page + n);
	page[0] = 0;
	page[1] = 0x1b;
	page[2] = (char)0xff;
	ret |= ringone_console_io(CONSOLEIO_write, 3, page);
	guest_printf("\n");
	EXPECT(ret, 0);
	/* The hole begins with the M2P, which everybody may read: Xen prints that. */
	ret = ringone_console_io(CONSOLEIO_write, 16, (char *)hole_start);
	CHECK(ret == -XEN_EFAULT || (!on_ringone && !ret), "from the hole: %ld", ret);
	guest_printf("\n");
	EXPECT(ringone_console_io(CONSOLEIO_write, 16, (char *)0xfffffff8), -XEN_EFAULT);
	page_forget(page + PAGE_SIZE);
	CHECK(ringone_console_io(CONSOLEIO_write, 0xffffffff, page + 4000) < 0,
	      "4 GiB were printed");
	CHECK(ringone_console_io(CONSOLEIO_read, 0x7fffffff, page) >= 0 ||
		      ringone_console_io(CONSOLEIO_read, 0x7fffffff, page) == -XEN_EFAULT,
	      "read");
}
