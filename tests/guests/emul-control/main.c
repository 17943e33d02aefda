/* SPDX-License-Identifier: MIT */
/*
 * Question: which privileged instructions on control registers does a ring-1 kernel get away
 * with, and what do they do?
 *
 * Expected: CR0, CR2, CR3 and CR4 can be read and look like a paged, protected machine with PAE
 * and WP; writes that change nothing are accepted; clearing WP, PG or PE, or setting SMEP or SMAP
 * does not take effect: a read-only page stays read-only for ring 1, user pages stay usable.
 * lmsw and CR1 do no harm. Ring 3 may read none of it.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(u_cr0, "movl %cr0, %eax; int $0x60");
USER_CODE(u_msr, "movl $0xc0000080, %ecx; rdmsr; int $0x60");

static uint32_t cr0(void)
{
	uint32_t v;

	asm volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}

static uint32_t cr4(void)
{
	uint32_t v;

	asm volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static void no_effect(uint32_t value, const char *what)
{
	unsigned int v = probe(asm volatile("mov %0, %%cr0" : : "r"(value)));
	char *page = page_alloc();

	note("%s: vector %x, CR0 %x", what, v, cr0());
	CHECK(v == GP || !on_ringone, "%s: vector %x", what, v);
	page_readonly(page);
	EXPECT_FAULT(PF, *(volatile char *)page = 1);
	probe(asm volatile("mov %0, %%cr0" : : "r"(cr0() | 1u << 16 | 1 | 1u << 31)));
}

void test_main(void)
{
	uint32_t v, c;

	EXPECT(user_run(&u_cr0), GP);
	EXPECT(user_run(&u_msr), GP);
	c = cr0();
	note("CR0 %x CR4 %x", c, cr4());
	CHECK(c & 1, "PE is clear: %x", c);
	CHECK(c & 1u << 31, "PG is clear: %x", c);
	CHECK(c & 1 << 16, "WP is clear: %x", c);
	CHECK(cr4() & 1 << 5, "PAE is clear: %x", cr4());
	CHECK(!(cr4() & 3 << 20), "SMEP or SMAP is set: %x", cr4());
	EXPECT(probe(asm volatile("mov %0, %%cr0" : : "r"(c))), NO_FAULT);
	EXPECT(probe(asm volatile("mov %0, %%cr4" : : "r"(cr4()))), NO_FAULT);
	no_effect(c & ~(1u << 16), "WP cleared");
	no_effect(c & ~(1u << 31), "PG cleared");
	no_effect(c & ~1u, "PE cleared");
	v = probe(asm volatile("mov %0, %%cr4" : : "r"(cr4() | 3 << 20)));
	note("SMEP and SMAP: vector %x, CR4 %x", v, cr4());
	CHECK(!(cr4() & 3 << 20), "%x", cr4());
	user_setup();
	EXPECT(probe(*(volatile char *)USER_DATA_VA = 1), NO_FAULT);
	memset(user_code_page, 0xc3, 16);
	EXPECT(probe(((void (*)(void))USER_CODE_VA)()), NO_FAULT);

	probe(*(volatile int *)0x40000abc);
	asm volatile("mov %%cr2, %0" : "=r"(v));
	EXPECT(v, 0x40000abc);
	v = probe(asm volatile("mov %0, %%cr2" : : "r"(0x1234)));
	note("CR2 write: vector %x", v);
	asm volatile("mov %%cr3, %0" : "=r"(v));
	EXPECT(xen_cr3_to_pfn(v), virt_to_mfn(l3_table));
	EXPECT(probe(asm volatile("mov %0, %%cr3" : : "r"(v))), NO_FAULT);
	note("lmsw: vector %x", probe(asm volatile("lmsw %%ax" : : "a"(0))));
	CHECK(cr0() & 1, "PE is gone");
	EXPECT(probe(asm volatile(".byte 0x0f, 0x20, 0xc8" : : : "eax")) == NO_FAULT, 0);
}
