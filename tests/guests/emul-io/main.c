/* SPDX-License-Identifier: MIT */
/*
 * Question: who may use I/O ports?
 *
 * Expected: the initial domain's kernel reads the CMOS clock and writes the POST port once it has
 * asked for IOPL 1; all widths and string forms; ring 3 may not, unless set_iobitmap says so for
 * exactly those ports; set_iopl(3) opens them to ring 3 without the hardware's IOPL being set
 * (cli stays harmless). An ordinary domain gets #GP (call-privilege asks that).
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(in71, "inb $0x71, %al; int $0x60");
USER_CODE(in61, "inb $0x61, %al; int $0x60");
USER_CODE(flags, "pushfl; popl %eax; int $0x60");

static uint8_t cmos(uint8_t reg)
{
	asm volatile("outb %0, $0x70; inb $0x71, %0" : "+a"(reg));
	return reg;
}

void test_main(void)
{
	static uint8_t bitmap[8192];
	static uint8_t in[4];
	struct physdev_set_iopl iopl = { .iopl = 1 };
	struct physdev_set_iobitmap map = { .nr_ports = 65536 };
	unsigned int v;

	if (!(start_info->flags & SIF_INITDOMAIN))
		guest_skip("not the initial domain");
	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	EXPECT(probe(asm volatile("outb %%al, $0x80" : : "a"(0x11))), NO_FAULT);
	EXPECT(probe(cmos(0)), NO_FAULT);
	uint8_t sec = cmos(0);

	note("CMOS second %x, year %x", sec, cmos(9));
	CHECK((sec & 0xf) < 10 && sec < 0x60, "%x", sec);
	EXPECT(probe(asm volatile("inw $0x70, %%ax; inl $0x70, %%eax" : : : "eax")), NO_FAULT);
	uint8_t *to = in;
	uint32_t n = 4;

	EXPECT(probe(asm volatile("rep insb"
				  : "+D"(to), "+c"(n)
				  : "d"(0x61)
				  : "memory")),
	       NO_FAULT);
	EXPECT(n, 0);
	EXPECT(to - in, 4);

	EXPECT(user_run(&in71), GP);
	memset(bitmap, 0xff, sizeof(bitmap));
	bitmap[0x71 / 8] &= ~(1 << 0x71 % 8);
	set_xen_guest_handle(map.bitmap, bitmap);
	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iobitmap, &map), 0);
	EXPECT(user_run(&in71), USER_EXIT);
	EXPECT(user_run(&in61), GP);
	map.nr_ports = 65537;
	CHECK(ringone_physdev_op(PHYSDEVOP_set_iobitmap, &map) < 0, "65537 ports");
	map.nr_ports = 0;
	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iobitmap, &map), 0);
	EXPECT(user_run(&in71), GP);
	iopl.iopl = 3;
	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	EXPECT(user_run(&in71), USER_EXIT);
	EXPECT(user_run(&flags), USER_EXIT);
	CHECK((trap.frame.eax >> 12 & 3) == 0 || !on_ringone, "IOPL is %u",
	      trap.frame.eax >> 12 & 3);
	iopl.iopl = 4;
	CHECK(ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl) < 0, "IOPL 4");
	/*
	 * What belongs to the hypervisor stays its own: the serial line it talks on. If this text
	 * gets through, it is the verdict.
	 */
	for (const char *p = "\nFAIL emul-io: a port of the hypervisor's was written\n"; *p; p++)
		probe(asm volatile("outb %%al, %%dx" : : "a"(*p), "d"(0x3f8)));
	uint32_t lsr = 0xff;

	v = probe(asm volatile("xorl %%eax, %%eax; inb %%dx, %%al" : "=a"(lsr) : "d"(0x3fd)));
	CHECK(v == GP || (lsr & 0xff) == 0xff, "the serial line's status: %x", lsr & 0xff);
	v = probe(asm volatile("outb %%al, $0x20" : : "a"(0x0b)));
	note("PIC: vector %x", v);
	(void)v;
}
