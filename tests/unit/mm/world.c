/* SPDX-License-Identifier: MIT */
#include "world.h"

struct domain dom, other;
struct vcpu vcpu;

/* ---- what mm/ asks of files that are not linked here ---- */

uint32_t tlb_clock = 5;
uint32_t last_flush = 5;

bool tlb_stale(uint32_t stamp)
{
	return stamp >= last_flush;
}

void flush_tlb_mask(uint32_t mask)
{
	last_flush = ++tlb_clock;
}

void top_l2_install(struct domain *d, const pte_t *t)
{
	const pte_t ours = PTE(0xabcd000);

	for (uint32_t i = top_l2_limit(d); i < VIEW_SLOT; i++)
		entries_put(&t[i], &ours, 1);
}

void top_l2_clear(struct domain *d, const pte_t *t)
{
	entries_put(&t[top_l2_limit(d)], NULL, 512 - top_l2_limit(d));
}

int seg_desc_validate(struct page_info *p)
{
	return *(uint8_t *)host_frame(page_to_mfn(p).n) == 0xff ? -XEN_EINVAL : 0;
}

void seg_desc_unmapped(struct page_info *p)
{
}

void l3_entry_changed(struct domain *d, mfn_t l3, uint32_t index, pte_t e)
{
}

void page_last_put(struct page_info *p)
{
	uint32_t mfn = page_to_mfn(p).n;

	if (mfn < FIRST_VIEW)
		fail_msg("frame %u was freed", mfn);
	assert_true(is_view(p));
	view_gone(p);
	assert_int_equal(p->type, 0);
	memset(host_frame(mfn), 0xdb, PAGE_SIZE); /* somebody else's secrets */
}

mfn_t frame_alloc(struct domain *owner)
{
	for (uint32_t m = FIRST_VIEW; m < FIRST_VIEW + NR_VIEWS; m++) {
		if (frame_table[m].count)
			continue;
		memset(host_frame(m), 0, PAGE_SIZE);
		frame_table[m] = (struct page_info){ .count = PGC_allocated | 1 };
		return MFN(m);
	}
	return INVALID_MFN;
}

uint32_t frames_free_for_domains(void)
{
	return 1;
}

void start(uint32_t seed)
{
	host_reset();
	host_seed(seed);
	entry_masks_init(PTE_NX, 40);
	memset(&dom, 0, sizeof(dom));
	memset(&vcpu, 0, sizeof(vcpu));
	dom.classic = seed & 1;
	dom.privileged = true;
	vcpu.domain = &dom;
	host_current = &vcpu;
	host_preempt_at_random = true;
	for (uint32_t m = 1; m < FRAMES; m++)
		frame_table[m] = (struct page_info){ .count = PGC_allocated | 1, .owner = &dom };
	frame_table[IO_FRAME].owner = &dom_io;
	for (uint32_t m = FRAMES; m < IO_FRAME; m++) /* another domain's */
		frame_table[m] = (struct page_info){ .count = PGC_allocated | 1, .owner = &other };
}
