/* SPDX-License-Identifier: MIT */
/*
 * PHYSDEVOP_pirq_eoi_gmfn_v1 and _v2: a page of the domain's own in which we
 * keep one bit a pirq, "this one wants PHYSDEVOP_eoi", so that the domain need
 * not ask.  Version 1 means in addition that the EOI unmasks the event channel.
 *
 * The frame is held like a registered vcpu_info: writable memory with a
 * reference, until the domain ends.
 */
#include "internal.h"
#include "pirq.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"

/* All bits at once; event_lock held. */
static void fill(struct domain *d)
{
	for (uint32_t nr = 0; nr < NR_PIRQS; nr++)
		pirq_eoi_mark(d, nr);
}

/*
 * -EBUSY: there is one already.  -EINVAL: the frame is not plain writable
 * memory of the domain.  event_lock held.
 */
int pirq_eoi_register(struct domain *d, mfn_t m, bool auto_unmask)
{
	struct page_info *page;

	if (d->pirqs.eoi_map)
		return -XEN_EBUSY;
	if (!d->pirqs.table)
		return -XEN_EPERM;
	if (!mfn_valid(m))
		return -XEN_EINVAL;
	page = mfn_to_page(m);
	if (!TRUST_CHECK(1, 12, !get_page_and_type(page, d, PGT_writable)))
		return -XEN_EINVAL;
	map_hypervisor_page(FIX_PIRQ_EOI, m, PTE_P | PTE_RW | PTE_A | PTE_D);
	d->pirqs.eoi_map = (uint32_t *)FIX_PIRQ_EOI;
	d->pirqs.eoi_mfn = m;
	d->pirqs.eoi_unmasks = auto_unmask;
	fill(d);
	return 0;
}

void pirq_eoi_release(struct domain *d)
{
	if (!d->pirqs.eoi_map)
		return;
	d->pirqs.eoi_map = NULL;
	map_hypervisor_page(FIX_PIRQ_EOI, MFN(0), 0);
	put_page_and_type(mfn_to_page(d->pirqs.eoi_mfn));
}

/* Bring the bit of one pirq up to date; event_lock held. */
void pirq_eoi_mark(struct domain *d, uint32_t nr)
{
	const struct pirq *p = pirq_of(d, nr);

	if (!d->pirqs.eoi_map)
		return;
	if (p && line_needs_eoi(p->line))
		set_bit(nr, d->pirqs.eoi_map);
	else
		clear_bit(nr, d->pirqs.eoi_map);
}
