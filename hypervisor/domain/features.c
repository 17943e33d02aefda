/* SPDX-License-Identifier: MIT */
/* The interface's features.h, as far as they hold for a domain. */
#include "domain.h"

#define FEATURE(name) (1U << XENFEAT_##name)

/* What a guest may rely on, per domain: also what a kernel's notes may require. */
uint32_t domain_features(const struct domain *d)
{
	uint32_t features = FEATURE(mmu_pt_update_preserve_ad) | FEATURE(highmem_assist) |
			    FEATURE(gnttab_map_avail_bits);

	if (d->mm.extended_cr3)
		features |= FEATURE(pae_pgdir_above_4gb);
	if (d->initial)
		features |= FEATURE(dom0);
	return features;
}
