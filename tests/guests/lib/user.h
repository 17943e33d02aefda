/* SPDX-License-Identifier: MIT */
#ifndef USER_H
#define USER_H

/*
 * Code in ring 3. A test writes it as USER_CODE(name, "assembly"), loads it and runs it until
 * the first trap, which is then described in `trap` (guest.h) like any other fault:
 *
 *	USER_CODE(three, "movl $3, %eax; int $0x60");
 *	EXPECT(user_run(&three), USER_EXIT);
 *	EXPECT(trap.frame.eax, 3);
 *
 * "int $0x60" is the agreed way to say "done". (Vector 0xc0 is registered along with it: in 64-bit
 * mode QEMU 7.2 doubles the vector in the error code of a refused "int n", so that a 64-bit Xen
 * looks at that one.)
 */
#include "guest.h"

#define USER_CODE_VA   0x08000000u
#define USER_DATA_VA   0x08001000u
#define USER_STACK_VA  0x08002000u
#define USER_STACK_TOP 0x08003000u
#define USER_EXIT      0x60

struct user_code {
	const char *start, *end;
};

#define USER_CODE(name, text)                                                               \
	extern const char name##_start[], name##_end[];                                     \
	asm(".pushsection .rodata; " #name "_start: " text "; " #name "_end: .popsection"); \
	static const struct user_code name = { name##_start, name##_end }

/* Order known to entry.S. */
struct user {
	uint32_t eip, cs, eflags, esp, ss;
	uint32_t eax, ecx, edx, ebx, ebp, esi, edi;
	uint32_t ds, es, fs, gs;
};

extern char trap_stack[8192]; /* where traps from ring 3 land */
extern int guest_user_native; /* 1: into ring 3 by the processor's iret, 0: by the hypercall */
extern void *user_code_page, *user_data_page, *user_stack_page; /* as the kernel sees them */

/* Maps the three pages at the addresses above; once, by the first user_load() at the latest. */
void user_setup(void);

void user_load(const struct user_code *code);

/* Flat segments, code and stack as above, other registers 0. */
void user_default(struct user *u);

/* Goes there; returns the vector of the trap that came back. */
unsigned int user_enter(const struct user *u);

/* Load, default, enter. */
unsigned int user_run(const struct user_code *code);

/* There and back by the hypercall, until the ways that are short the second time are known. */
void user_warm(void);

void user_go(const struct user *u);

#endif
