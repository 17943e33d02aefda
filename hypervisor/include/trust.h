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
#define TRUST_CHECK(line, k, cond) (((line) == MUTANT_LINE && (k) == MUTANT_K) || (cond))
#else
#define TRUST_CHECK(line, k, cond) (cond)
#endif

#endif
