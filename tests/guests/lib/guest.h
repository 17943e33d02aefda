/* SPDX-License-Identifier: MIT */
#ifndef GUEST_H
#define GUEST_H

/*
 * What a test guest writes its question with.
 *
 * A guest is tests/guests/NAME/main.c with one function, test_main(). It asks with CHECK() and
 * EXPECT(), and returns; the framework prints "PASS NAME" or "FAIL NAME: first reason" and
 * powers off. Lines that begin with "# " are for the person who looks.
 *
 *	guest.h		verdict, console, faults (this file)
 *	mm.h		frames, page tables, descriptors
 *	user.h		code in ring 3
 *	event.h		event channels and time
 *
 * At test_main() the bootstrap page tables are in place, events are masked, every exception has
 * a handler, and start_info, shared_info and the M2P are found.
 */
#include <ringone/shim.h>
#include <ringone/watch.h>
#include <ringone/entry.h>

/* The question; each guest has one. */
void test_main(void);

/* Verdict --------------------------------------------------------------------------------- */

void guest_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void guest_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Ends the run now, with the verdict of the checks so far. */
void guest_finish(void) __attribute__((noreturn));

/* Ends the run as passed without an answer: the hypervisor underneath does not offer the thing. */
void guest_skip(const char *why) __attribute__((noreturn));

#define note(fmt, ...) guest_printf("# " fmt "\n", ##__VA_ARGS__)

/* @cond must hold; the rest says what was seen if it does not. */
#define CHECK(cond, fmt, ...)                                                            \
	do {                                                                             \
		if (!(cond))                                                             \
			guest_fail("line %d: %s: " fmt, __LINE__, #cond, ##__VA_ARGS__); \
	} while (0)

/* Both sides as signed 64-bit numbers; on a difference both are printed. */
#define EXPECT(expr, want)                                                                 \
	do {                                                                               \
		long long e_got = (long long)(expr), e_want = (long long)(want);           \
		if (e_got != e_want)                                                       \
			guest_fail("line %d: %s is %lld (0x%llx), expected %lld (0x%llx)", \
				   __LINE__, #expr, e_got, e_got, e_want, e_want);         \
	} while (0)

/* -errno in Xen's numbering, spelled as in the ABI header. */
#include <guest_errno.h>

/* What was found at boot ------------------------------------------------------------------ */

extern struct start_info *start_info;
extern struct shared_info *shared_info;
extern struct vcpu_info *vcpu; /* of VCPU 0 */
extern unsigned int features;  /* RINGONE_FEATURE_* */
extern int on_ringone;         /* 0: Xen */
extern struct ringone_console console;

/* 1 where the command line of the guest has @word. */
int guest_option(const char *word);

/* Faults ---------------------------------------------------------------------------------- */

#define NO_FAULT 0x1ff
#define FAILSAFE 0x101 /* the "vector" of the failsafe callback */

enum {
	DE = 0,
	DB = 1,
	BP = 3,
	OF = 4,
	BR = 5,
	UD = 6,
	NM = 7,
	DF = 8,
	TS = 10,
	NP = 11,
	SS = 12,
	GP = 13,
	PF = 14,
	MF = 16,
	AC = 17,
	XM = 19,
};

/* The last trap that was caught; frame.esp and frame.ss are valid when it came from ring 3. */
struct trap {
	unsigned int vector, error;
	uint32_t cr2;
	struct ringone_frame frame;
};

extern struct trap trap;

struct context {
	uint32_t ebx, esi, edi, ebp, esp, eip;
};

int context_save(struct context *c) __attribute__((returns_twice));
void context_load(const struct context *c, int value) __attribute__((noreturn));

extern struct context probe_context;
extern volatile int probe_armed;
void probe_begin(void);
unsigned int probe_end(void);

/*
 * Runs the statements; returns the vector of the fault they raised, described in `trap`, or
 * NO_FAULT. What the statements assign must be volatile or used inside only.
 */
#define probe(...)                                   \
	({                                           \
		probe_begin();                       \
		if (!context_save(&probe_context)) { \
			probe_armed = 1;             \
			__VA_ARGS__;                 \
		}                                    \
		probe_end();                         \
	})

#define EXPECT_FAULT(want, ...)                                                                \
	do {                                                                                   \
		unsigned int v_ = probe(__VA_ARGS__);                                          \
		if (v_ != (want))                                                              \
			guest_fail("line %d: %s raised vector 0x%x error 0x%x, expected 0x%x", \
				   __LINE__, #__VA_ARGS__, v_, trap.error, (want));            \
	} while (0)

/*
 * trap.error is that of an "int n" the guest may not execute. QEMU 7.2 in 64-bit mode reports
 * twice the vector; no such excuse on Ringone.
 */
static inline int trap_error_is_int(unsigned int n)
{
	return trap.error == n * 8 + 2 || (!on_ringone && trap.error == n * 16 + 2);
}

/*
 * Called for a trap before probes and ring-3 runs see it; returns 1 if it dealt with the trap,
 * whose frame (with what the hook changed in it) is then returned to.
 */
extern int (*trap_hook)(struct ringone_frame *f);

/* Small things ---------------------------------------------------------------------------- */

void *memset(void *d, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

static inline uint64_t rdtsc(void)
{
	uint64_t t;

	asm volatile("rdtsc" : "=A"(t));
	return t;
}

#endif
