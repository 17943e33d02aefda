/* SPDX-License-Identifier: MIT */
/*
 * Question: what does single-stepping see of what the hypervisor does in between?
 *
 * Expected: what the processor would show. Behind an instruction that is emulated (a forced CPUID,
 * CLTS, a move from CR3, a store into a page table that the assist performs, one that waits for a
 * page of the LDT) the step ends as behind any other, with DR6.BS set. INT clears TF and the way
 * back sets it again, so that a step over a hypercall or a system call ends one instruction later,
 * with nothing of the hypervisor or the kernel between. A data breakpoint that the hypervisor's own
 * access meets, for an answer or for a trap's frame, stops nobody. A breakpoint on the instruction
 * behind an emulated one, or behind an INT, stops there: the resume flag of the fault that led to
 * the emulation was for that instruction and is used up.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

#define TF     0x100u
#define RF     0x10000u
#define DR6_B0 0x1u
#define DR6_BS 0x4000u

#define MAX_STOPS 16
static uint32_t stops[MAX_STOPS], n_stops;

/* Counts and goes on, stepping; popfl at the end of the stretch is what stops it. */
static int count(struct ringone_frame *f)
{
	if (f->vector != DB)
		return 0;
	if (n_stops < MAX_STOPS)
		stops[n_stops] = f->eip;
	n_stops++;
	return 1;
}

#define SET_TF   "pushfl; orl $0x100, (%%esp); popfl\n\t"
#define CLEAR_TF "pushfl; andl $~0x100, (%%esp); popfl\n\t"

/*
 * @insn stands between labels and is followed by a NOP: the steps must end in front of it, and then
 * @late bytes behind it: 0, or 1 for one that goes through a gate.
 */
#define STEP(name, late, insn, ...)                                           \
	do {                                                                  \
		extern char name##_before[], name##_behind[];                 \
		n_stops = 0;                                                  \
		ringone_set_debugreg(6, 0);                                   \
		asm volatile(SET_TF "nop\n" #name "_before: " insn "\n" #name \
				    "_behind: nop\n\t" CLEAR_TF __VA_ARGS__); \
		CHECK(n_stops >= 2 && stops[0] == (uint32_t)name##_before &&  \
			      stops[1] == (uint32_t)name##_behind + (late),   \
		      #name ": %u stops, at +%d and +%d", n_stops,            \
		      (int)(stops[0] - (uint32_t)name##_before),              \
		      (int)(stops[1] - (uint32_t)name##_before));             \
		CHECK(ringone_get_debugreg(6) & DR6_BS, #name ": DR6");       \
	} while (0)

static void kernel(void)
{
	uint32_t a = 17, b = 0, c = 0, d = 0;

	STEP(nothing, 0, "nop", : : : "cc", "memory");
	STEP(hypercall, 1, "int $0x82", : "+a"(a), "+b"(b), "+c"(c), "+d"(d) : : "cc", "memory");
	CHECK(a >> 16 >= 3, "XENVER_version: %x", a);
	a = 60; /* no such call: the short way out */
	STEP(unknown, 1, "int $0x82", : "+a"(a), "+b"(b), "+c"(c), "+d"(d) : : "cc", "memory");
	EXPECT((int)a, -XEN_ENOSYS);
	a = __HYPERVISOR_sched_op; /* yield: the full way out */
	STEP(yields, 1, "int $0x82", : "+a"(a), "+b"(b), "+c"(c), "+d"(d) : : "cc", "memory");
	a = 1;
	STEP(cpuid, 0, ".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2",
	     : "+a"(a), "+b"(b), "+c"(c), "+d"(d)
	     :
	     : "cc", "memory");
	STEP(emulated, 0, "clts", : : : "cc", "memory");
	STEP(control, 0, "movl %%cr3, %%eax", : "+a"(a) : : "cc", "memory");
}

static void table_store(void)
{
	uint64_t *table = page_alloc(), *page = page_alloc(), entry;

	if (ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables))
		return;
	entry = (uint64_t)virt_to_mfn(page) << 12 | PTE_RO;
	page_readonly(table);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(table)), 0);
	STEP(store, 0, "movl %%eax, (%%edx)",
	     :
	     : "a"((uint32_t)entry), "d"(table)
	     : "cc", "memory");
	EXPECT((uint32_t)table[0], (uint32_t)entry);
}

static void lazy_ldt(void)
{
	uint64_t *ldt = page_alloc();

	ldt[3] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(1) | DESC_DATA, DESC_G | DESC_D);
	page_readonly(ldt);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt, 512), 0);
	STEP(lazy, 0, "movl %%eax, %%gs", : : "a"(3 * 8 + 4 + 1) : "cc", "memory");
	asm volatile("mov %0, %%gs" : : "r"(0));
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, 0, 0), 0);
}

USER_CODE(calls, "nop; int $0x60; nop; int $0x60");

/* The process is stepped up to its INT; the handler's way back goes on stepping. */
static void process(void)
{
	struct user u;

	user_load(&calls);
	user_default(&u);
	u.eflags |= TF;
	EXPECT(user_enter(&u), DB);
	EXPECT(trap.frame.eip, USER_CODE_VA + 1);
	u.eip = trap.frame.eip;
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(trap.frame.eip, USER_CODE_VA + 3);
	CHECK(trap.frame.eflags & TF, "EFLAGS %x", trap.frame.eflags);
	u.eip = trap.frame.eip;
	u.eflags = trap.frame.eflags;
	EXPECT(ringone_set_debugreg(6, 0), 0);
	EXPECT(user_enter(&u), DB);
	EXPECT(trap.frame.eip, USER_CODE_VA + 4);
	CHECK(ringone_get_debugreg(6) & DR6_BS, "DR6 %lx", ringone_get_debugreg(6));
}

/* The answer of the hypercall goes to a word that is watched. */
static void watched(void)
{
	static struct evtchn_status arg __attribute__((aligned(8)));

	arg = (struct evtchn_status){ .dom = DOMID_SELF, .port = 0, .status = 99 };
	EXPECT(ringone_set_debugreg(0, (unsigned long)&arg.status), 0);
	EXPECT(ringone_set_debugreg(6, 0), 0);
	EXPECT(ringone_set_debugreg(7, 0x401 | 0xd << 16), 0);
	unsigned int v = probe(ringone_event_channel_op(EVTCHNOP_status, &arg));

	note("a hypercall writes a watched word: vector %x, DR6 %lx", v, ringone_get_debugreg(6));
	CHECK(v == NO_FAULT || !on_ringone, "vector %x", v);
	/* ... nor is it in the status of the next stop, which has another reason. */
	trap_hook = count;
	n_stops = 0;
	asm volatile(SET_TF "nop\n\t" CLEAR_TF : : : "cc", "memory");
	trap_hook = NULL;
	CHECK(n_stops, "no step");
	CHECK(!(ringone_get_debugreg(6) & DR6_B0) || !on_ringone,
	      "DR6 %lx: the hypervisor's access", ringone_get_debugreg(6));
	EXPECT(probe(arg.status = 1), DB);
	CHECK(ringone_get_debugreg(6) & DR6_B0, "DR6 %lx", ringone_get_debugreg(6));
	/* The frame of a trap is written by the hypervisor, too: to a watched stack. */
	EXPECT(ringone_set_debugreg(0, (unsigned long)trap_stack + sizeof(trap_stack) - 8), 0);
	EXPECT(ringone_set_debugreg(7, 0x401 | 0xd << 16), 0);
	v = user_run(&calls);
	CHECK(v == USER_EXIT || (v == DB && !on_ringone), "vector %x", v);
	EXPECT(ringone_set_debugreg(7, 0x400), 0);
}

/* Breakpoint 0 on the instruction behind @insn. */
#define BREAK_BEHIND(name, insn, ...)                                                  \
	do {                                                                           \
		extern char name##_stop[];                                             \
		ringone_set_debugreg(0, (unsigned long)name##_stop);                   \
		ringone_set_debugreg(7, 0x401);                                        \
		unsigned int name##_v =                                                \
			probe(asm volatile(insn "\n" #name "_stop: nop" __VA_ARGS__)); \
		ringone_set_debugreg(7, 0x400);                                        \
		CHECK(name##_v == DB && trap.frame.eip == (uint32_t)name##_stop,       \
		      "behind " #name ": vector %x at %x", name##_v, trap.frame.eip);  \
	} while (0)

USER_CODE(int_then_stop, "int $0x60; nop; int $0x60");

USER_CODE(int_with_prefix, ".byte 0x66; int $0x60"); /* the long way, always */

static void break_behind(void)
{
	struct user u;

	EXPECT(user_run(&int_with_prefix), USER_EXIT);
	EXPECT(trap.frame.eflags & RF, 0);

	BREAK_BEHIND(forced, ".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2",
		     :
		     : "a"(1), "c"(0)
		     : "ebx", "edx", "cc");
	BREAK_BEHIND(clts, "clts", : : : "cc");
	BREAK_BEHIND(call, "int $0x82", : : "a"(60) : "cc", "memory");
	user_load(&int_then_stop);
	user_default(&u);
	EXPECT(ringone_set_debugreg(0, USER_CODE_VA + 2), 0);
	EXPECT(ringone_set_debugreg(7, 0x401), 0);
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(trap.frame.eflags & RF, 0);
	u.eip = trap.frame.eip;
	u.eflags = trap.frame.eflags;
	EXPECT(user_enter(&u), DB);
	EXPECT(trap.frame.eip, USER_CODE_VA + 2);
	EXPECT(ringone_set_debugreg(7, 0x400), 0);
}

void test_main(void)
{
	trap_hook = count;
	kernel();
	table_store();
	lazy_ldt();
	trap_hook = NULL;
	for (guest_user_native = 0; guest_user_native < 2; guest_user_native++)
		process();
	watched();
	break_behind();
}
