/* SPDX-License-Identifier: MIT */
/*
 * Flushing, and knowing when it is not needed.
 *
 * A frame may change its type only when no processor can still reach it by its
 * old one (TRUST 3).  Flushing at every change would be right and slow: most
 * frames lost their last mapping long before.  So time is counted in flushes.
 *
 *	clock      a frame's stamp           a CPU's time
 *	  7   <- last type reference gone
 *	  8                                  <- flushed: 8 > 7, nothing stale
 *
 * One CPU runs guests so far; the masks are there for the day when others do.
 */
#include "internal.h"
#include "mm.h"
#include "x86.h"

uint32_t tlb_clock = 1;
static uint32_t tlb_time[MAX_CPUS] = { [0 ... MAX_CPUS - 1] = 1 };

/* Every full flush of this CPU passes here, just before it happens. */
void tlb_tick(void)
{
	tlb_time[this_cpu()->id] = __atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);
}

/*
 * May any CPU hold translations from before `stamp`?  All CPUs are asked, not
 * only those of the owner: another domain may have mapped the frame.  After
 * two thousand million flushes an old stamp looks new; that costs a flush.
 */
bool tlb_stale(uint32_t stamp)
{
	for (uint32_t id = 0; id < nr_cpus; id++) {
		int32_t since = stamp - tlb_time[id];

		if (since > 0 || TRUST_WHEN(3, 103, !since))
			return true;
	}
	return false;
}

void flush_tlb_local(void)
{
	struct cpu *c = this_cpu();

	c->n_tlb_flushes++;
	c->n_cr3_loads++;
	TRUST_EFFECT(3, 100, tlb_tick());
	TRUST_EFFECT(3, 101, write_cr3(c->cr3));
}

void flush_tlb_mask(uint32_t cpu_mask)
{
	if (cpu_mask & (1U << this_cpu()->id))
		TRUST_EFFECT(3, 105, flush_tlb_local());
}

void flush_tlb_one_mask(uint32_t cpu_mask, uint32_t va)
{
	if (cpu_mask & (1U << this_cpu()->id))
		TRUST_EFFECT(9, 100, invlpg(va));
}
