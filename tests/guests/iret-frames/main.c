/* SPDX-License-Identifier: MIT */
/*
 * Question: can a frame given to the iret hypercall, or to the processor's own iret, lead
 * anywhere it must not?
 *
 * Expected: CS of ring 0, null, a data segment, beyond the GDT; SS null or of another ring; a
 * VM86 frame; NT; IOPL 3: each ends in a fault or the failsafe callback of the guest, or in ring
 * 3 with the harmful bit gone. Nobody ever reaches ring 0, virtual-8086 mode, or hardware IOPL.
 * Events: IF of the frame becomes the event mask.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(flags, "pushfl; popl %eax; movw %cs, %bx; int $0x60");
USER_CODE(cli, "cli; int $0x60");
USER_CODE(port, "inb $0x71, %al; int $0x60");

static struct user u;

static void fresh(const struct user_code *code)
{
	user_load(code);
	user_default(&u);
}

static void selectors(void)
{
	static const unsigned int bad_cs[] = {
		0,      0xe008, 0xe009, 0xe00b, FLAT_KERNEL_CS & ~3u, FLAT_USER_DS,
		0xfff8, 0xfffb, 8,      0x13,
	};
	static const unsigned int bad_ss[] = { 0, 0xe010, FLAT_KERNEL_SS, FLAT_USER_CS, 0xfffb, 3 };

	for (unsigned int i = 0; i < sizeof(bad_cs) / 4; i++) {
		/* By hypercall, a return to ring 0 is the domain's end: die-iret-ring0 asks that. */
		if (!guest_user_native && !(bad_cs[i] & 3))
			continue;
		fresh(&flags);
		u.cs = bad_cs[i];
		unsigned int v = user_enter(&u);

		note("CS %x: vector %x error %x ring %u", bad_cs[i], v, trap.error,
		     trap.frame.cs & 3);
		CHECK(v == GP || v == NP || v == FAILSAFE || v == SS || v == PF ||
			      (v == USER_EXIT && (trap.frame.cs & 3)),
		      "CS %x: vector %x", bad_cs[i], v);
	}
	for (unsigned int i = 0; i < sizeof(bad_ss) / 4; i++) {
		fresh(&flags);
		u.ss = bad_ss[i];
		unsigned int v = user_enter(&u);

		note("SS %x: vector %x error %x", bad_ss[i], v, trap.error);
		CHECK(v == GP || v == NP || v == FAILSAFE || v == SS, "SS %x: vector %x", bad_ss[i],
		      v);
	}
}

/*
 * uint32_t batch_iret(uint32_t eflags, multicall_entry_t *m): an iret with these, as the only
 * entry of a batch, back into this function; returns the flags it came with. A batch has no short
 * way, so this asks the long one.
 */
uint32_t batch_iret(uint32_t eflags, multicall_entry_t *m);
asm("batch_iret:\n"
    "	movl	4(%esp), %eax\n"
    "	movl	8(%esp), %edx\n"
    "	pushl	%ebx\n"
    "	movl	%edx, %ebx\n"
    "	movl	$1, %ecx\n"
    "	pushl	%eax\n"
    "	pushl	%cs\n"
    "	pushl	$1f\n"
    "	pushl	$0\n"
    "	movl	$13, %eax\n"
    "	int	$0x82\n"
    "1:	pushfl\n"
    "	popl	%eax\n"
    "	popl	%ebx\n"
    "	ret\n");

static void in_a_batch(void)
{
	static multicall_entry_t m = { .op = __HYPERVISOR_iret };

	EXPECT(batch_iret(0x002 | 3 << 12, &m) >> 12 & 3, 0);
}

static void eflags(void)
{
	fresh(&flags);
	u.eflags = 0x202 | 3 << 12;
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(trap.frame.eax >> 12 & 3, 0);
	fresh(&cli);
	u.eflags = 0x202 | 3 << 12;
	EXPECT(user_enter(&u), GP);
	fresh(&port);
	u.eflags = 0x202 | 3 << 12;
	unsigned int v = user_enter(&u);

	note("port I/O after an IOPL-3 frame: vector %x", v);
	CHECK(v == GP || !on_ringone, "vector %x", v);

	fresh(&flags);
	u.eflags = 0x202 | 1 << 14;
	v = user_enter(&u);
	note("NT: vector %x, eflags %x", v, trap.frame.eax);
	CHECK(v == USER_EXIT || v == GP || v == TS || v == FAILSAFE, "NT: vector %x", v);

	/* RF and AC are the guest's own; undefined bits must not stick. */
	fresh(&flags);
	u.eflags = 0x202 | 1 << 16 | 0xffc00028 | 1 << 18;
	v = user_enter(&u);
	CHECK(v == USER_EXIT || v == GP || v == AC, "vector %x", v);
	if (v == USER_EXIT)
		EXPECT(trap.frame.eax & 0xffc00028, 0);
}

static void mask(void)
{
	fresh(&flags);
	u.eflags = 0x202;
	vcpu->evtchn_upcall_mask = 1;
	EXPECT(user_enter(&u), USER_EXIT);
	/* USER_EXIT masks events at entry; the byte in the frame's CS word is what it was before. */
	EXPECT(trap.frame.cs >> 16 & 0xff, 0);
	CHECK(trap.frame.eflags & 0x200, "%x", trap.frame.eflags);
	EXPECT(vcpu->evtchn_upcall_mask, 1);
	fresh(&flags);
	u.eflags = 0x002;
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(trap.frame.cs >> 16 & 0xff, 1);
	EXPECT(trap.frame.eflags & 0x200, 0);
	vcpu->evtchn_upcall_mask = 1;
}

void test_main(void)
{
	selectors();
	eflags();
	mask();
	if (on_ringone)
		in_a_batch();
	/* The same through the processor; it may only be stricter. */
	guest_user_native = 1;
	selectors();
	eflags();
}
