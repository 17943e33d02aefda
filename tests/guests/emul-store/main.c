/* SPDX-License-Identifier: MIT */
/*
 * Question: what do the instructions that store the processor's tables show, and to whom may they
 * be made to write?
 *
 * Expected: SGDT, SIDT, SLDT, STR and SMSW work in ring 1 and 3 and show the hypervisor's tables,
 * whether or not they trap (UMIP, which CR4 does not show); a word in memory, all of a register.
 * With an operand that the ring may not write: the page fault of a store, at its first such byte,
 * and nothing is written. The same holds for INS and OUTS of programs that may use the port.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

#define CR4_UMIP 0x800

USER_CODE(u_smsw, "movl $-1, %eax; smsw %eax; int $0x60");
USER_CODE(u_sgdt, "sgdt 0x08001000; int $0x60");
USER_CODE(u_sidt_across, "sidt 0x08001ffd; int $0x60");
USER_CODE(u_store, "sgdt (%ebx); int $0x60");
USER_CODE(u_str, "str (%ebx); int $0x60");
USER_CODE(u_insb, "movl %ebx, %edi; movl $0x71, %edx; insb; int $0x60");
USER_CODE(u_outsl, "movl %ebx, %esi; movl $0x70, %edx; outsl; int $0x60");

struct table {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

static void ring1(void)
{
	struct table gdt = { 0 }, idt = { 0 };
	uint32_t wide = -1u, cr0, cr4;
	uint16_t word[2] = { 0, 0xabcd };

	EXPECT(probe(asm volatile("sgdt %0" : "=m"(gdt))), NO_FAULT);
	EXPECT(probe(asm volatile("sidt %0" : "=m"(idt))), NO_FAULT);
	note("GDT %x, %x; IDT %x, %x", gdt.base, gdt.limit, idt.base, idt.limit);
	CHECK(gdt.base >= hole_start || !on_ringone, "GDT at %x", gdt.base);
	CHECK(idt.base >= hole_start || !on_ringone, "IDT at %x", idt.base);
	EXPECT(idt.limit % 8, 7);
	EXPECT(probe(asm volatile("smsw %0" : "+r"(wide))), NO_FAULT);
	asm volatile("movl %%cr0, %0" : "=r"(cr0));
	EXPECT(wide & 0xffff & ~8u, cr0 & 0xffff & ~8u); /* all but TS */
	EXPECT(wide >> 31, 1);
	wide = 0x12345678;
	EXPECT(probe(asm volatile("smsww %w0" : "+r"(wide))), NO_FAULT);
	EXPECT(wide >> 16, 0x1234);
	EXPECT(wide & 1, 1);
	EXPECT(probe(asm volatile("str %0" : "=m"(word[0]))), NO_FAULT);
	CHECK(word[0] && word[1] == 0xabcd, "STR wrote %x %x", word[0], word[1]);
	wide = -1u;
	EXPECT(probe(asm volatile("sldt %0" : "+r"(wide))), NO_FAULT);
	EXPECT(wide >> 16, 0);
	asm volatile("movl %%cr4, %0" : "=r"(cr4));
	CHECK(!(cr4 & CR4_UMIP) || !on_ringone, "CR4 is %x", cr4);

	uint8_t *page = page_alloc();

	memset(page, 0x55, PAGE_SIZE);
	page_readonly(page);
	EXPECT(probe(asm volatile("sgdt (%0)" : : "r"(page) : "memory")), PF);
	EXPECT(trap.cr2 - (uint32_t)page, 0);
	EXPECT(trap.error & 7, 3);
	EXPECT(page[0], 0x55);
}

/* Ring 3 runs `code` with EBX at a place it may not write. */
static void ring3_may_not(const struct user_code *code, const void *at, unsigned int error)
{
	struct user u;
	unsigned int v;

	user_load(code);
	user_default(&u);
	u.ebx = (uint32_t)at;
	v = user_enter(&u);
	CHECK(v == PF, "%p: vector %x", at, v);
	EXPECT(trap.cr2, (uint32_t)at);
	EXPECT(trap.error & 7, error);
}

static void ring3(void)
{
	char *mine = page_alloc();
	struct physdev_set_iopl iopl = { .iopl = 3 };
	const struct table *seen;

	EXPECT(user_run(&u_smsw), USER_EXIT);
	EXPECT(trap.frame.eax & 1, 1);
	EXPECT(trap.frame.eax >> 31, 1);
	EXPECT(user_run(&u_sgdt), USER_EXIT);
	seen = user_data_page;
	EXPECT(seen->limit % 8, 7);
	CHECK(seen->base >= hole_start || !on_ringone, "GDT at %x", seen->base);
	EXPECT(user_run(&u_sidt_across), USER_EXIT); /* its end lies in the stack's page */
	EXPECT(((uint8_t *)user_data_page)[PAGE_SIZE - 3] & 7, 7);
	CHECK(((uint8_t *)user_stack_page)[2] || !on_ringone, "the base's last byte is 0");

	ring3_may_not(&u_store, (void *)USER_CODE_VA, 7);
	ring3_may_not(&u_store, (void *)(USER_STACK_TOP + 16), 6);
	/* On a 64-bit Xen ring 3 may write its kernel's pages by a plain store as well. */
	if (!on_ringone)
		return;
	memcpy(mine, "kernel", 7);
	ring3_may_not(&u_store, mine, 7);
	ring3_may_not(&u_str, mine, 7);
	if (start_info->flags & SIF_INITDOMAIN) {
		EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
		ring3_may_not(&u_insb, mine, 7);
		ring3_may_not(&u_outsl, mine, 5);
		ring3_may_not(&u_insb, (void *)(USER_STACK_TOP + 16), 6);
	}
	CHECK(!memcmp(mine, "kernel", 7), "a program wrote %s", mine);
}

void test_main(void)
{
	ring1();
	ring3();
}
