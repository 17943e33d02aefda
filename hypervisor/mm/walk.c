/* SPDX-License-Identifier: MIT */
/* Following the loaded tables by hand, as the processor would. */
#include "internal.h"
#include "mm.h"
#include "say/say.h"

static pte_t read_entry(mfn_t table, uint32_t index)
{
	return ((const pte_t *)map_table(table))[index];
}

/*
 * The entry that maps va (from the per-CPU L3 that is loaded), or 0; *table is
 * its L1.  For a large page, which only the hypervisor could have, the L2's.
 */
pte_t guest_walk_l1(gva_t va, mfn_t *table)
{
	pte_t e = this_cpu()->l3[va.a >> 30];

	*table = INVALID_MFN;
	if (!(e.v & PTE_P))
		return PTE(0);
	*table = pte_mfn(e);
	e = read_entry(*table, (va.a >> 21) & 511);
	if ((e.v & (PTE_P | PTE_PSE)) == PTE_P) {
		*table = pte_mfn(e);
		e = read_entry(*table, (va.a >> 12) & 511);
	}
	return e.v & PTE_P ? e : PTE(0);
}

uint32_t guest_walk_rights(gva_t va)
{
	uint32_t rights = PTE_P | PTE_RW | PTE_US;
	pte_t e = this_cpu()->l3[va.a >> 30]; /* which has no rights of its own to give */

	if (!(e.v & PTE_P))
		return 0;
	e = read_entry(pte_mfn(e), (va.a >> 21) & 511);
	rights &= (uint32_t)e.v;
	if ((e.v & (PTE_P | PTE_PSE)) == PTE_P)
		rights &= (uint32_t)read_entry(pte_mfn(e), (va.a >> 12) & 511).v;
	return rights & PTE_P ? rights : 0;
}

static const char *type_name(const struct page_info *p)
{
	static const char *const names[16] = {
		[PGT_none >> 28] = "none",
		[PGT_writable >> 28] = "writable",
		[PGT_l1 >> 28] = "L1",
		[PGT_l2 >> 28] = "L2",
		[PGT_l3 >> 28] = "L3",
		[PGT_view >> 28] = "view of a top L2",
		[PGT_seg_desc >> 28] = "descriptors",
	};
	const char *name = names[p->type >> 28];

	return name ? name : "?";
}

static void print_entry(const char *level, uint32_t index, pte_t e)
{
	mfn_t m = pte_mfn(e);

	printk_raw("  %s[%03x] = %016llx", level, index, e.v);
	if (!(e.v & PTE_P)) {
		printk_raw(" not present\n");
	} else if (frame_is_io(m)) {
		printk_raw(" frame %x, not RAM\n", m.n);
	} else {
		const struct page_info *p = mfn_to_page(m);

		printk_raw(" frame %x, pfn %x, type %s, %u type references, %u references\n", m.n,
			   m2p_rw[m.n], type_name(p), p->type & PGT_count_mask,
			   p->count & PGC_count_mask);
	}
}

void print_page_walk(gva_t va)
{
	pte_t e = this_cpu()->l3[va.a >> 30];
	uint32_t index = (va.a >> 21) & 511;

	printk_raw("page walk of %08x:\n", va.a);
	print_entry("L3", va.a >> 30, e);
	if (!(e.v & PTE_P))
		return;
	e = read_entry(pte_mfn(e), index);
	print_entry("L2", index, e);
	if (!(e.v & PTE_P) || e.v & PTE_PSE)
		return;
	index = (va.a >> 12) & 511;
	print_entry("L1", index, read_entry(pte_mfn(e), index));
}
