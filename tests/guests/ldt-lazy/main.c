/* SPDX-License-Identifier: MIT */
/*
 * Question: may a page of the LDT come and go while selectors of it are loaded?
 *
 * Expected: the guest changes how it maps such a page, as any kernel may; whatever needs a
 * descriptor next finds it again: GS on the way out of a hypercall, CS and SS of a process on its
 * return by the hypercall or the processor's iret, the stack segment on which a trap is delivered,
 * and the code segment that it interrupted. When the page is writable memory by then, or not there
 * any more, it ends in the failsafe callback or a fault of the guest's, with the selector named.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

enum slot { DATA = 3, DATA1, CODE3, DATA3 };
#define LDT_SEL(slot, rpl) ((slot)*8 | 4 | (rpl))

static uint64_t *ldt;

USER_CODE(look, "movl %gs:0x08001000, %eax; movw %cs, %bx; movw %ss, %dx; int $0x60");

/* Whoever stops mapping a page read-only gives the hypervisor a reason to look at it again. */
static void forget(void)
{
	EXPECT(page_remap(ldt, 0), 0);
	page_readonly(ldt);
}

static void use(void)
{
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, 0, 0), 0);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt, 512), 0);
}

/* A call that comes back by the long way, on which FS and GS are loaded again. */
static void yield(void)
{
	ringone_sched_op(SCHEDOP_yield, NULL);
	ringone_set_timer_op(1); /* at once: it is due on the way out */
}

static void on_the_way_out(void)
{
	uint32_t value = 0;

	use();
	asm volatile("mov %0, %%gs" : : "r"(LDT_SEL(DATA1, 1)));
	for (unsigned int i = 0; i < 3; i++) {
		unsigned int v = probe(forget(); yield(); asm volatile("movl %%gs:(%1), %0"
								       : "=r"(value)
								       : "r"(&ldt[DATA])));

		CHECK(v == NO_FAULT, "vector %x error %x", v, trap.error);
		EXPECT(value, (uint32_t)ldt[DATA]);
	}
	/* Writable now, and so no table any more. The call itself may come back with it loaded. */
	EXPECT(page_remap(ldt, PTE_RW) < 0, 1);
	volatile long freed = 0;
	unsigned int v = probe(EXPECT(page_remap(ldt, 0), 0); freed = page_remap(ldt, PTE_RW);
			       yield(); asm volatile("mov %%gs, %0; mov %0, %%gs"
						     : "=r"(value)));

	note("a page that became writable (%ld): vector %x error %x", freed, v, trap.error);
	/* Xen may hold on to it until the LDT is changed. */
	CHECK(freed == 0 || (freed == -XEN_EBUSY && !on_ringone), "%ld", freed);
	CHECK(freed || v == FAILSAFE || v == PF || v == GP || v == NP, "vector %x", v);
	if (v == FAILSAFE)
		EXPECT(trap.frame.gs & 0xffff, LDT_SEL(DATA1, 1));
	asm volatile("mov %0, %%gs" : : "r"(0));
	page_readonly(ldt);
}

static int clobber(struct ringone_frame *f)
{
	(void)f;
	forget();
	return 0;
}

static void of_a_process(void)
{
	struct user u;

	user_load(&look);
	*(uint32_t *)user_data_page = 0xfeed;
	user_default(&u);
	u.gs = LDT_SEL(DATA3, 3);
	u.cs = LDT_SEL(CODE3, 3);
	u.ss = LDT_SEL(DATA3, 3);
	for (unsigned int i = 0; i < 3; i++) {
		use();
		trap_hook = i == 2 ? clobber : NULL;
		EXPECT(user_enter(&u), USER_EXIT);
		EXPECT(trap.frame.eax, 0xfeed);
		EXPECT(trap.frame.ebx & 0xffff, LDT_SEL(CODE3, 3));
		EXPECT(trap.frame.edx & 0xffff, LDT_SEL(DATA3, 3));
		EXPECT(trap.frame.cs & 0xffff, LDT_SEL(CODE3, 3));
		EXPECT(trap.frame.ss & 0xffff, LDT_SEL(DATA3, 3));
	}
	trap_hook = NULL;
}

/* The stack that traps from ring 3 are delivered on lies in a segment of the LDT. */
static void under_a_trap(void)
{
	uint32_t top = (uint32_t)(unsigned long)trap_stack + sizeof(trap_stack);
	struct user u;

	EXPECT(ringone_stack_switch(LDT_SEL(DATA1, 1), top), 0);
	for (unsigned int i = 0; i < 3; i++) {
		use();
		if (i)
			forget();
		user_default(&u);
		u.gs = FLAT_USER_DS;
		EXPECT(user_enter(&u), USER_EXIT);
		EXPECT(trap.frame.eax, 0xfeed);
	}
	EXPECT(ringone_stack_switch(FLAT_KERNEL_SS, top), 0);
}

/* The process's own segments are gone when it shall be returned to. */
static void gone(void)
{
	struct user u;

	user_default(&u);
	u.cs = LDT_SEL(CODE3, 3);
	use();
	EXPECT(page_remap(ldt, 0), 0);
	unsigned int v = user_enter(&u);

	note("to a code segment whose page is gone: vector %x error %x", v, trap.error);
	CHECK(v == FAILSAFE || v == PF || v == GP || v == NP, "vector %x", v);
	if (v == PF)
		EXPECT(trap.cr2 & ~4095u, (uint32_t)ldt);
	page_readonly(ldt);
	u.gs = FLAT_USER_DS;
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(trap.frame.cs & 0xffff, LDT_SEL(CODE3, 3));
}

void test_main(void)
{
	const unsigned int flat = DESC_G | DESC_D;

	/* The tick may come between the two calls of forget(), with the page mapped nowhere. */
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	ldt = page_alloc();
	ldt[DATA] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | DESC_DATA, flat);
	ldt[DATA1] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(1) | DESC_DATA, flat);
	ldt[CODE3] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | DESC_CODE, flat);
	ldt[DATA3] = ldt[DATA];
	page_readonly(ldt);
	on_the_way_out();
	for (guest_user_native = 0; guest_user_native < 2; guest_user_native++) {
		of_a_process();
		under_a_trap();
		gone();
	}
}
