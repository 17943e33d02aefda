/* SPDX-License-Identifier: MIT */
/*
 * The frame table at boot: what is not RAM belongs to dom_io (a domain that
 * owns the hardware may map it); what is RAM is the hypervisor's, until the
 * allocator is given what is left over.
 */
#include "internal.h"
#include "mm.h"
#include "boot.h"
#include "domain/domain.h"
#include "x86.h"

#define FIRST_MIB 0x100 /* in frames: firmware's, mapped by dom0 as hardware is */

void frames_init(void)
{
	entry_masks_init(pte_nx, physical_address_bits());

	for (uint32_t mfn = 0; mfn < max_mfn; mfn++)
		mfn_to_page(MFN(mfn))->owner = &dom_io;

	for (uint32_t i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		uint32_t first = MAX(e->start >> PAGE_SHIFT, FIRST_MIB);
		uint32_t end = MIN((e->start + e->size + PAGE_SIZE - 1) >> PAGE_SHIFT, max_mfn);

		/* A frame that is RAM in part counts as RAM: nobody may map it. */
		if (e->type != E820_RAM)
			continue;
		for (uint32_t mfn = first; mfn < end; mfn++)
			mfn_to_page(MFN(mfn))->owner = NULL;
	}
}

/* The M2P's frames may be mapped under a name of their own, never writable: for tools that save. */
void frames_show_m2p(void)
{
	for (uint32_t i = 0; i < m2p_runs * LARGE_PAGE_FRAMES; i++)
		share_page_with_guest(MFN(m2p_first.n + i), &dom_xen, false);
}

bool io_frame_mappable(const struct domain *d, mfn_t m)
{
	return frame_is_io(m) && io_frame_ok(d, m);
}
