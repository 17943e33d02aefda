/* SPDX-License-Identifier: MIT */
/*
 * The integers of a hypervisor look alike and must not mix: a machine frame
 * number indexes real memory, a pseudo-physical one indexes what a guest
 * believes to be memory, and a guest address is only a promise.  Each is a
 * struct of its own here; with -freg-struct-return the box costs nothing.
 * What passes from file to file keeps its box; the number inside is for who
 * counts or computes: loops, the allocator's lists (mm/frames.c), the plan of a
 * new domain (build/bootlayout.h), segment base plus offset (emulate/), and
 * registers, which hold anything.
 *
 * A domain's number is not boxed: it is the interface's domid_t, or the word it
 * came in, and means nothing until domain_get() or domain_named() has made a
 * domain with a reference of it.  What a guest's structure holds is a number of
 * the interface's, up to 64 bits of it, until a check has made a frame of it.
 */
#ifndef RINGONE_TYPES_H
#define RINGONE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t; /* a machine address, in bytes */

typedef struct {
	uint32_t n;
} mfn_t; /* machine frame number */
typedef struct {
	uint32_t n;
} gpfn_t; /* a guest's pseudo-physical frame number */
typedef struct {
	uint32_t a;
} gva_t; /* guest virtual (linear) address: never trusted */

#define MFN(x)       ((mfn_t){ (uint32_t)(x) })
#define GPFN(x)      ((gpfn_t){ (uint32_t)(x) })
#define GVA(x)       ((gva_t){ (uint32_t)(x) })
#define INVALID_MFN  MFN(~0U)
#define INVALID_GPFN GPFN(~0U) /* in the M2P: nobody's */

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.n == b.n;
}

static inline gva_t gva_add(gva_t p, uint32_t bytes)
{
	return GVA(p.a + bytes);
}

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096U
#define PAGE_MASK  (~(PAGE_SIZE - 1))

static inline paddr_t mfn_to_paddr(mfn_t m)
{
	return (paddr_t)m.n << PAGE_SHIFT;
}

static inline mfn_t paddr_to_mfn(paddr_t p)
{
	return MFN(p >> PAGE_SHIFT);
}

#define ARRAY_SIZE(a)                 (sizeof(a) / sizeof((a)[0]))
#define ROUND_UP(x, a)                (((x) + (a)-1) & ~((__typeof__(x))(a)-1))
#define ROUND_DOWN(x, a)              ((x) & ~((__typeof__(x))(a)-1))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))

/*
 * Each argument is evaluated once: what it asks (how much room has the line?)
 * may have another answer the second time.
 */
#ifdef __CPPCHECK__ /* which cannot read a statement within an initializer */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#else
#define MIN(a, b) SMALLER(a, b, __COUNTER__)
#define MAX(a, b) LARGER(a, b, __COUNTER__)
#endif

/* The names differ, so that one may stand within another. */
#define SMALLER(a, b, n)  SMALLER_(a, b, n)
#define SMALLER_(a, b, n) PICK(<, a, b, pick_a##n, pick_b##n)
#define LARGER(a, b, n)   LARGER_(a, b, n)
#define LARGER_(a, b, n)  PICK(>, a, b, pick_a##n, pick_b##n)
#define PICK(relation, a, b, x, y)                 \
	({                                         \
		__typeof__(1 ? (a) : (b)) x = (a); \
		__typeof__(1 ? (a) : (b)) y = (b); \
		x relation y ? x : y;              \
	})

#define likely(x)        __builtin_expect(!!(x), 1)
#define unlikely(x)      __builtin_expect(!!(x), 0)
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()        __asm__ volatile("" ::: "memory")

#define __section(s)   __attribute__((section(s)))
#define __init         __attribute__((section(".init.text"), cold))
#define __initdata     __attribute__((section(".init.data")))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __noreturn     __attribute__((noreturn))
#define __packed       __attribute__((packed))
#define __aligned(n)   __attribute__((aligned(n)))
#define __maybe_unused __attribute__((unused))

#endif
