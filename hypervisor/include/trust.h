/* SPDX-License-Identifier: MIT */
/*
 * TRUST_CHECK(line, k, cond): the k-th check of invariant `line` of the trust
 * list (docs/trust.md).  True means "fine, go on".  Built with
 * MUTANT_LINE=line and MUTANT_K=k, that one check is compiled to true, and a
 * test must notice (make check-mutants).  Each (line, k) is used once.
 */
#ifndef RINGONE_TRUST_H
#define RINGONE_TRUST_H

#if defined(MUTANT_LINE) && defined(MUTANT_K)
#define TRUST_IS_MUTANT(line, k) ((line) == MUTANT_LINE && (k) == MUTANT_K)
#else
#define TRUST_IS_MUTANT(line, k) 0
#endif
#define TRUST_CHECK(line, k, cond) (TRUST_IS_MUTANT(line, k) || (cond))

/*
 * What nobody asks about and must happen all the same: a flush, a stamp, a put
 * on the way back from an error.  The mutant leaves it out.
 */
#define TRUST_EFFECT(line, k, ...)               \
	do {                                     \
		if (!TRUST_IS_MUTANT(line, k)) { \
			__VA_ARGS__;             \
		}                                \
	} while (0)
/* A case that must not be forgotten, a bound for one: the mutant never sees it. */
#define TRUST_WHEN(line, k, cond) (!TRUST_IS_MUTANT(line, k) && (cond))

#ifdef __ASSEMBLY__
/* clang-format off */
/* The same in assembly: jump to `to` when the check fails, which is what `jump` tests. */
.macro TRUST_REFUSE line, k, jump, to
	.if	!TRUST_IS_MUTANT(\line, \k)
	\jump	\to
	.endif
.endm
/* clang-format on */
#endif

#endif
