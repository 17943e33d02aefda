/* SPDX-License-Identifier: MIT */
/*
 * What needs no hypercall: loads and stores anywhere, the instructions a ring-1 kernel may not
 * execute, and return frames that no processor would have made.
 */
#include "fuzz.h"

static char code[PAGE_SIZE] __attribute__((aligned(4096)));
static volatile uint64_t sink;

/* Every kind of store that the writable-page-table assist may have to take apart. */
static void store(uint32_t va)
{
	uint64_t v = pick_entry();
	uint32_t lo = v, hi = v >> 32, old;
	uint64_t wide;

	switch (below(12)) {
	case 0:
		*(volatile uint64_t *)va = v;
		break;
	case 1:
		asm volatile("movb %b1, (%0)" : : "r"(va), "q"(lo) : "memory");
		break;
	case 2:
		asm volatile("movw %w1, (%0)" : : "r"(va), "r"(lo) : "memory");
		break;
	case 3:
		asm volatile("xchgl %0, (%1)" : "+r"(lo) : "r"(va) : "memory");
		break;
	case 4:
		old = *(uint32_t *)va;
		asm volatile("lock cmpxchgl %2, (%1)"
			     : "+a"(old)
			     : "r"(va), "r"(lo)
			     : "memory", "cc");
		break;
	case 5:
		wide = *(uint64_t *)va;
		asm volatile("lock cmpxchg8b (%1)"
			     : "+A"(wide)
			     : "S"(va), "b"(lo), "c"(hi)
			     : "memory", "cc");
		break;
	case 6:
		asm volatile("lock orl %1, (%0)" : : "r"(va), "r"(lo) : "memory", "cc");
		break;
	case 7:
		asm volatile("lock btrl %1, (%0)" : : "r"(va), "r"(lo & 31) : "memory", "cc");
		break;
	case 8:
		old = below(64);
		asm volatile("rep stosl" : "+D"(va), "+c"(old) : "a"(lo) : "memory");
		break;
	case 9:
		asm volatile("lock xaddl %0, (%1)" : "+r"(lo) : "r"(va) : "memory", "cc");
		break;
	case 10:
		asm volatile("pushl %%eax; popl (%0)" : : "r"(va), "a"(lo) : "memory");
		break;
	default:
		asm volatile("movl %1, (%0)" : : "r"(va), "r"(lo) : "memory");
	}
}

/* A load anywhere; a store where it can only hurt the playground or be refused. */
static void touch(void)
{
	uint32_t va = pick_va();

	if (one_in(2))
		probe(sink = *(volatile uint32_t *)va);
	else if (va - (uint32_t)play < PLAY_PAGES * PAGE_SIZE ||
		 va - (uint32_t)spare.l2[0] < 4 * PAGE_SIZE)
		probe(store(va));
	else if (va >= m2p_range.v_start && va < m2p_range.v_end - 256)
		probe(store(va)); /* read-only, for everybody */
}

/*
 * Instructions by their bytes, with what keeps a stray effect small: EAX, EDX and ECX are random,
 * so a port or a register may be anything. Ends with a return for those that do nothing.
 */
static const struct {
	uint8_t length, bytes[7];
} privileged_code[] = {
	{ 1, { 0xf4 } }, /* hlt */
	{ 1, { 0xfa } },
	{ 1, { 0xfb } },       /* cli, sti */
	{ 2, { 0x0f, 0x06 } }, /* clts */
	{ 2, { 0x0f, 0x08 } },
	{ 2, { 0x0f, 0x09 } }, /* invd, wbinvd */
	{ 2, { 0x0f, 0x30 } },
	{ 2, { 0x0f, 0x32 } }, /* wrmsr, rdmsr */
	{ 2, { 0x0f, 0x33 } }, /* rdpmc */
	{ 3, { 0x0f, 0x20, 0xc0 } },
	{ 3, { 0x0f, 0x20, 0xd0 } },
	{ 3, { 0x0f, 0x20, 0xd8 } },
	{ 3, { 0x0f, 0x20, 0xe0 } }, /* mov %crN, %eax */
	{ 3, { 0x0f, 0x20, 0xc8 } },
	{ 3, { 0x0f, 0x22, 0xc8 } }, /* cr1: there is none */
	{ 3, { 0x0f, 0x22, 0xc0 } },
	{ 3, { 0x0f, 0x22, 0xd0 } },
	{ 3, { 0x0f, 0x22, 0xe0 } },
	{ 3, { 0x0f, 0x21, 0xc0 } },
	{ 3, { 0x0f, 0x23, 0xc0 } }, /* mov %dr0 */
	{ 3, { 0x0f, 0x23, 0xf8 } },
	{ 3, { 0x0f, 0x23, 0xf0 } }, /* mov %eax, %dr7, %dr6 */
	{ 3, { 0x0f, 0x01, 0x10 } },
	{ 3, { 0x0f, 0x01, 0x18 } }, /* lgdt, lidt (%eax) */
	{ 3, { 0x0f, 0x00, 0xd0 } },
	{ 3, { 0x0f, 0x00, 0xd8 } }, /* lldt, ltr %ax */
	{ 3, { 0x0f, 0x01, 0xf0 } }, /* lmsw %ax */
	{ 3, { 0x0f, 0x01, 0xd1 } },
	{ 3, { 0x0f, 0x01, 0xd0 } }, /* xsetbv, xgetbv */
	{ 3, { 0x0f, 0x01, 0x38 } }, /* invlpg (%eax) */
	{ 1, { 0xec } },
	{ 1, { 0xed } },
	{ 2, { 0x66, 0xed } }, /* in */
	{ 1, { 0xcc } },
	{ 1, { 0xce } },
	{ 1, { 0xf1 } }, /* int3, into, int1 */
	{ 2, { 0x0f, 0x34 } },
	{ 2, { 0x0f, 0x05 } },
	{ 2, { 0x0f, 0x35 } },                   /* sysenter, syscall, sysexit */
	{ 2, { 0x0f, 0x0b } },                   /* ud2 */
	{ 5, { 0x0f, 0x0b, 0x78, 0x65, 0x6e } }, /* half a forced cpuid */
	{ 7, { 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2 } },
	{ 2, { 0x8e, 0xd8 } },
	{ 2, { 0x8e, 0xe0 } },
	{ 2, { 0x8e, 0xe8 } }, /* mov %eax, %ds %fs %gs */
	{ 3, { 0x0f, 0x02, 0xc0 } },
	{ 3, { 0x0f, 0x03, 0xc0 } }, /* lar, lsl */
	{ 3, { 0x0f, 0x00, 0xe0 } }, /* verr */
	{ 3, { 0x0f, 0xae, 0x08 } },
	{ 3, { 0x0f, 0xae, 0x00 } }, /* fxrstor, fxsave (%eax) */
	{ 2, { 0xd9, 0xfa } },
	{ 2, { 0x9b, 0xdb } }, /* fsqrt; wait, half an fninit */
	{ 1, { 0x9d } },
	{ 1, { 0xcf } },             /* popf, iret: from whatever lies there */
	{ 3, { 0xf0, 0x0f, 0x0b } }, /* lock ud2 */
	{ 2, { 0x0f, 0xaa } },       /* rsm */
	{ 3, { 0x0f, 0x01, 0xc1 } },
	{ 3, { 0x0f, 0x01, 0xd9 } }, /* vmcall, vmmcall */
};

#define N_CODE (sizeof(privileged_code) / sizeof(*privileged_code))

/*
 * OUT and its kin: the first domain owns the machine's ports and would be obeyed, down to the
 * emulator's own power-off register.
 */
static int writes_port(uint8_t byte)
{
	return byte == 0xe6 || byte == 0xe7 || byte == 0xee || byte == 0xef || byte == 0x6e ||
	       byte == 0x6f;
}

/* Fills @at with prefixes, one instruction (or, if wanted, noise) and a way back. */
static void assemble(uint8_t *at, int noise, const char *end, size_t end_length)
{
	unsigned int k = below(N_CODE + (noise ? 8 : 4)), n = 0;

	for (unsigned int i = below(8) ? 0 : below(15); i; i--)
		at[n++] = PICK(0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x3e, 0x64, 0x65);
	if (k < N_CODE) {
		memcpy(at + n, privileged_code[k].bytes, privileged_code[k].length);
		/* A near return from a frame of our own making is the caller's concern. */
		if (!reckless && (at[n] == 0xcf || at[n] == 0x9d || at[n] == 0xf4))
			at[n] = 0xfa;
		n += privileged_code[k].length;
	} else if (k < N_CODE + 4) {
		uint8_t vector = random32();

		at[n++] = 0xcd;
		at[n++] = !reckless && vector == 0x82 ? 0x81 : vector;
	} else {
		for (unsigned int i = below(6); i; i--)
			at[n++] = one_in(3) ? 0x0f : random32();
	}
	for (unsigned int i = 0; privileged && i < n; i++)
		if (writes_port(at[i]))
			at[i] = 0x90;
	memcpy(at + n, end, end_length);
}

/*
 * Addresses for instructions of ring 1: far below the hole, where QEMU would let a store through
 * to the hypervisor (see pick_code()).
 */
static uint32_t harmless_register(void)
{
	uint32_t v = pick_number();

	return v < 0x04000000 ? v : v >> 6;
}

/* In ring 1. */
static void execute(void)
{
	static uint32_t save;

	memset(code, 0xcc, 64);
	assemble((uint8_t *)code, limits, "\xc3", 1);
	probe(asm volatile("movl %%esp, %3; pushfl; call *%2; movl %3, %%esp"
			   :
			   : "a"(harmless_register()), "d"(privileged ? 0x80 : harmless_register()),
			     "r"(code), "m"(save), "c"(harmless_register())
			   : "memory", "cc", "ebx"));
}

static uint32_t pick_eflags(void)
{
	static const uint8_t bits[] = { 0, 6, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21 };
	uint32_t flags = 0x202;

	for (uint32_t i = below(4); i; i--)
		flags ^= 1u << bits[below(sizeof(bits))];
	/* VM and a nested task are the end of the domain, by design; not every time, please. */
	return reckless ? flags : flags & ~0x24000u;
}

static uint32_t pick_segment(uint32_t good)
{
	return one_in(3) ? pick_selector() : good;
}

/* Into ring 3, or wherever a bent frame leads, to code that tries something there. */
static void descend(void)
{
	struct user u;
	uint32_t code_va = USER_CODE_VA;
	int noise = one_in(2);

	if (probe(memset(user_code_page, 0xcc, 64);
		  assemble(user_code_page, noise, "\xcd\x60", 2)) != NO_FAULT)
		return;
	user_default(&u);
	u.eax = pick_number();
	u.edx = pick_number();
	u.ecx = pick_number();
	u.eflags = pick_eflags();
	u.ds = pick_segment(FLAT_USER_DS);
	u.es = pick_segment(FLAT_USER_DS);
	u.fs = pick_segment(0);
	u.gs = pick_segment(0);
	if (one_in(6))
		u.cs = one_in(2) ? pick_selector() : FLAT_KERNEL_CS;
	if (one_in(6))
		u.ss = one_in(2) ? pick_selector() : FLAT_KERNEL_SS;
	if (one_in(4))
		u.esp = pick_va();
	u.eip = one_in(16) ? pick_va() : code_va;
	/* Ring 0 and addresses of our own are refused by death. */
	if (!reckless && (u.cs & 3) == 0)
		u.cs |= 1;
	if ((u.cs & 3) != 3 && !limits && (u.eip != code_va || !reckless || noise))
		u.cs = FLAT_USER_CS;
	if ((u.cs & 3) != 3 && !limits) {
		u.eax = u.edx = u.ecx = harmless_register();
		if (u.esp >= hole_start)
			u.esp = 0;
	}
	guest_user_native = one_in(2);
	user_enter(&u);
}

void ring_setup(void)
{
	user_setup();
}

int ring_act(void)
{
	switch (below(4)) {
	case 0:
		execute();
		return 1;
	case 1:
		descend();
		return 1;
	case 2:
		play_make_table();
		return 1;
	default:
		touch();
		return 1;
	}
}
