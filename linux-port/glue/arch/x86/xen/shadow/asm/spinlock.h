/* SPDX-License-Identifier: MIT */
/*
 * Shadow of <asm/spinlock.h>: how long a processor spins for a lock before it sleeps.
 *
 * The tree's 1 << 15 rounds were a tenth of a millisecond once. Where PAUSE takes 140 cycles they are
 * more than one, and on an emulated machine a whole slice; and often enough the lock's holder is a
 * VCPU that has no processor for just as long as this one spins.
 *
 * relies: arch/x86/include/asm/spinlock.h has /^#define SPIN_THRESHOLD\b/
 */
#ifndef PV32_SPINLOCK_H
#define PV32_SPINLOCK_H

#include_next <asm/spinlock.h>

#undef SPIN_THRESHOLD
#define SPIN_THRESHOLD	(1 << 8)

#endif
