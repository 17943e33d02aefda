/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_DISCOVER_H
#define RINGONE_DISCOVER_H

/*
 * Who is underneath, and what does it offer beyond Xen?
 *
 * Needs nothing: no libc, no Xen header, no trap table, no memory but the stack. May be called
 * as the very first thing a kernel does, since the forced CPUID is an illegal instruction that
 * the hypervisor decodes itself ("ud2a", the letters "xen", "cpuid").
 */
#include <ringone/abi.h>

struct ringone_cpuid {
	unsigned int eax, ebx, ecx, edx;
};

/* CPUID as the hypervisor wants this guest to see it; leaf and subleaf as for the instruction. */
void ringone_forced_cpuid(unsigned int leaf, unsigned int subleaf, struct ringone_cpuid *out);

/* RINGONE_FEATURE_* bits of the hypervisor underneath; 0 on plain Xen. */
unsigned int ringone_features(void);

/*
 * Turns the flags a kernel would hand to plain Xen for one trap-table entry into the best flags
 * this hypervisor understands:
 *
 *   vector 14, CR2 frame offered	the CR2 frame is asked for
 *   vector >= 32 with DPL 3,
 *   direct gates offered		events stay unmasked at entry, so that the processor
 *					may enter ring 1 by itself
 *
 * The caller of the second kind copes with an event before its handler's first instruction.
 * @features comes from ringone_features(); 0 gives @flags back unchanged.
 */
static inline unsigned char ringone_trap_flags(unsigned int vector, unsigned char flags,
					       unsigned int features)
{
	if (vector == 14 && (features & RINGONE_FEATURE_CR2_FRAME))
		flags |= RINGONE_TRAP_CR2_FRAME;
	if (vector >= 32 && (flags & RINGONE_TRAP_DPL) == 3 &&
	    (features & RINGONE_FEATURE_DIRECT_GATE))
		flags &= ~RINGONE_TRAP_MASK_EVENTS;
	return flags;
}

#endif
