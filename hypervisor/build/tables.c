/* SPDX-License-Identifier: MIT */
/*
 * The bootstrap page tables.  They are written like any memory, while their
 * frames have no type yet, and then go through the same validation as tables
 * that a guest makes: nothing here is taken on trust (DESIGN 5).
 *
 *	L3	four entries; the last one always present
 *	L2s	one for each gigabyte of the boot region, then the top one if it
 *		is not among them, then those of an INIT_P2M elsewhere
 *	L1s	of the boot region, then of the INIT_P2M
 */
#include "internal.h"
#include "mm/mm.h"

#define L1_FLAGS    (PTE_P | PTE_RW | PTE_A | PTE_D)
#define L1_FLAGS_RO (PTE_P | PTE_A)
#define L2_FLAGS    (PTE_P | PTE_RW | PTE_US | PTE_A)
#define L3_FLAGS    PTE_P

#define SLOT_L3(va) ((va) >> 30)
#define SLOT_L2(va) (((va) >> 21) & 511)
#define SLOT_L1(va) (((va) >> 12) & 511)

static void set_entry(struct builder *b, gpfn_t table, uint32_t slot, gpfn_t to, uint64_t flags)
{
	mfn_t m = builder_mfn(b, to);
	pte_t *entries = map_frame(builder_mfn(b, table));

	entries[slot] = mfn_pte(m, flags);
	unmap_frame(entries);
}

/* Frame of the L2 for this gigabyte, or 0; frame 0 is always the kernel's. */
struct l2_frames {
	uint32_t pfn[4];
};

static void place_l2s(const struct boot_layout *l, struct l2_frames *f)
{
	uint32_t next = layout_pfn(l, l->tables).n + 1, extra = l->p2m_tables_pfn;

	for (uint32_t i = SLOT_L3(l->v_start); i <= SLOT_L3(l->v_end - 1); i++)
		f->pfn[i] = next++;
	if (!f->pfn[3])
		f->pfn[3] = next++;
	if (!l->p2m_elsewhere)
		return;
	for (uint32_t i = SLOT_L3(l->p2m); i <= SLOT_L3(l->p2m + l->p2m_pages * PAGE_SIZE - 1); i++)
		if (!f->pfn[i])
			f->pfn[i] = extra++;
}

/* Map [va, end) to frames from pfn on; L1 tables from l1_pfn on, one for each 2 MiB touched. */
static void map_range(struct builder *b, const struct l2_frames *f, uint32_t va, uint32_t end,
		      uint32_t pfn, uint32_t l1_pfn)
{
	const struct boot_layout *l = &b->layout;
	uint32_t tables = layout_pfn(l, l->tables).n, first_l1 = va >> 21;

	for (; va != end; va += PAGE_SIZE, pfn++) {
		uint32_t l1 = l1_pfn + (va >> 21) - first_l1;
		bool is_table = (pfn >= tables && pfn < tables + l->nr_tables) ||
				(l->p2m_elsewhere && pfn >= l->p2m_tables_pfn &&
				 pfn < l->p2m_tables_pfn + l->p2m_nr_l1 + l->p2m_nr_l2);

		set_entry(b, GPFN(l1), SLOT_L1(va), GPFN(pfn), is_table ? L1_FLAGS_RO : L1_FLAGS);
		set_entry(b, GPFN(f->pfn[SLOT_L3(va)]), SLOT_L2(va), GPFN(l1), L2_FLAGS);
	}
}

mfn_t builder_tables(struct builder *b)
{
	const struct boot_layout *l = &b->layout;
	gpfn_t l3 = layout_pfn(l, l->tables);
	struct l2_frames f = { { 0 } };
	mfn_t m = builder_mfn(b, l3);
	int rc;

	place_l2s(l, &f);
	map_range(b, &f, l->v_start, l->v_end, 0, l3.n + 1 + l->nr_l2);
	if (l->p2m_elsewhere)
		map_range(b, &f, l->p2m, l->p2m + l->p2m_pages * PAGE_SIZE, l->p2m_pfn,
			  l->p2m_tables_pfn + l->p2m_nr_l2);
	for (uint32_t i = 0; i < 4; i++)
		if (f.pfn[i])
			set_entry(b, l3, i, GPFN(f.pfn[i]), L3_FLAGS);

	do
		rc = pin_table(b->d, m, PGT_l3);
	while (rc == -XEN_ERESTART);
	if (rc)
		panic("the first domain's own page tables were refused (%d); this is a bug of Ringone",
		      rc);
	return m;
}
