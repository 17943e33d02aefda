/* SPDX-License-Identifier: MIT */
/*
 * Question: can a kernel that sets CR4.DE watch I/O ports?
 *
 * Expected: without CR4.DE, DR7 refuses the type "I/O"; with it, DR7 reads back as written, an IN or
 * OUT that touches a watched byte is followed by #DB with that breakpoint in DR6, string forms stop
 * behind each element, others do not stop, and the hypervisor's own I/O to the same port (its serial
 * line) is not stopped by it.
 *
 * Because: debuggers write the registers that they saved, and some kernels set DE. Xen keeps such
 * breakpoints beside the hardware's registers.
 */
#include "mm.h"
#include "user.h"

#define CR4_DE   8u
#define PORT     0x71 /* of the clock chip: reading it does no harm */
#define DR6_BITS 0xfu
#define COM1     0x3f8

/* Breakpoint n enabled, I/O, of this many bytes. */
#define WATCH(n, bytes) (1u << 2 * (n) | (2u | ((bytes)-1) << 2) << (16 + 4 * (n)))

static void set_de(int on)
{
	uint32_t v;

	asm volatile("mov %%cr4, %0" : "=r"(v));
	v = on ? v | CR4_DE : v & ~CR4_DE;
	asm volatile("mov %0, %%cr4" : : "r"(v));
}

/* Vector of the trap behind an IN from the port; DR6's low bits in *hits. */
static unsigned int in_byte(uint16_t port, uint32_t *hits)
{
	unsigned int v;

	ringone_set_debugreg(6, 0);
	v = probe(asm volatile("in %%dx, %%al" : : "d"(port) : "eax"));
	*hits = ringone_get_debugreg(6) & DR6_BITS;
	return v;
}

static void strings(void)
{
	static char buffer[4];
	extern char rep_insb[];
	uint32_t left = 3;

	ringone_set_debugreg(6, 0);
	EXPECT_FAULT(DB, asm volatile("mov %0, %%edi; cld; rep_insb: rep insb"
				      :
				      : "r"(buffer), "d"(PORT), "c"(left)
				      : "edi", "memory"));
	EXPECT(trap.frame.eip, (uint32_t)rep_insb);
	EXPECT(trap.frame.ecx, 2);
	EXPECT(ringone_get_debugreg(6) & DR6_BITS, 2);
}

void test_main(void)
{
	extern char behind_out[];
	struct physdev_set_iopl iopl = { .iopl = 1 };
	uint32_t hits;

	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	set_de(0);
	EXPECT(ringone_set_debugreg(7, WATCH(1, 1)), -XEN_EPERM);
	set_de(1);
	EXPECT(ringone_set_debugreg(1, PORT), 0);
	EXPECT(ringone_set_debugreg(7, WATCH(1, 1)), 0);
	EXPECT(ringone_get_debugreg(7) & ~0x400, WATCH(1, 1));
	EXPECT(in_byte(PORT, &hits), DB);
	EXPECT(hits, 2);
	EXPECT(in_byte(PORT - 1, &hits), NO_FAULT);
	EXPECT(hits, 0);
	strings();
	EXPECT(ringone_set_debugreg(1, PORT - 1), 0);
	EXPECT_FAULT(DB, asm volatile("out %%al, %%dx; behind_out:" : : "d"(PORT - 1), "a"(0x80)));
	EXPECT(trap.frame.eip, (uint32_t)behind_out);
	/* Four bytes wide, of which only the second is read. */
	EXPECT(ringone_set_debugreg(7, WATCH(1, 4)), 0);
	EXPECT(in_byte(PORT, &hits), DB);
	/* This line is written by the hypervisor, and watched. */
	EXPECT(ringone_set_debugreg(2, COM1), 0);
	EXPECT(ringone_set_debugreg(7, WATCH(2, 1)), 0);
	note("by way of a watched port");
	EXPECT(ringone_set_debugreg(7, 0), 0);
	EXPECT(in_byte(PORT, &hits), NO_FAULT);
	set_de(0);
}
