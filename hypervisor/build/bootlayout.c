/* SPDX-License-Identifier: MIT */
/* Where things go at the start of day; see bootlayout.h for the picture. */
#include "bootlayout.h"
#include "lib.h"

#define MIB(n)       ((uint64_t)(n) << 20)
#define REGION_ALIGN MIB(4)
#define PADDING      (512ULL << 10)
#define L1_SHIFT     21 /* an L1 table maps 2 MiB */
#define L2_SHIFT     30 /* an L2 table maps 1 GiB */

#define refuse(l, ...) (snprintf((l)->why, sizeof((l)->why), __VA_ARGS__), false)

static uint64_t pages_up(uint64_t v)
{
	return ROUND_UP(v, (uint64_t)PAGE_SIZE);
}

/* How many tables that span 1 << shift bytes does [start, end) touch? */
static uint32_t tables_for(uint64_t start, uint64_t end, uint32_t shift)
{
	return (uint32_t)(ROUND_UP(end, 1ULL << shift) >> shift) - (uint32_t)(start >> shift);
}

/*
 * L2 tables of the region, and one more for the top gigabyte, where the
 * hypervisor's slots live, if the region does not reach there (DESIGN 5).
 */
static uint32_t l2_tables_for(uint64_t start, uint64_t end)
{
	return tables_for(start, end, L2_SHIFT) + (end <= 3ULL << L2_SHIFT);
}

/* The page tables map themselves, so their number is found by trying. */
static uint64_t place_tables(struct boot_layout *l, uint64_t at)
{
	l->nr_tables = 0;
	for (;;) {
		uint64_t stack = at + (uint64_t)l->nr_tables * PAGE_SIZE;
		uint64_t end = ROUND_UP(stack + PAGE_SIZE + PADDING, REGION_ALIGN);

		l->nr_l1 = tables_for(l->v_start, end, L1_SHIFT);
		l->nr_l2 = l2_tables_for(l->v_start, end);
		if (1 + l->nr_l2 + l->nr_l1 <= l->nr_tables) {
			l->stack = stack;
			l->stack_end = stack + PAGE_SIZE;
			return end;
		}
		l->nr_tables = 1 + l->nr_l2 + l->nr_l1;
	}
}

/* INIT_P2M: the list and the tables that map it lie behind the region. */
static bool place_p2m_elsewhere(const struct pv_info *pv, uint32_t hole, struct boot_layout *l,
				uint32_t *pfn)
{
	uint64_t start = pv->init_p2m, end = start + (uint64_t)l->p2m_pages * PAGE_SIZE;
	uint32_t first = l->v_start >> L2_SHIFT, last = (l->v_end - 1) >> L2_SHIFT;

	if (pv->init_p2m & ((1U << L1_SHIFT) - 1))
		return refuse(l, "its INIT_P2M 0x%x is not aligned to 2 MiB", pv->init_p2m);
	if (end > hole)
		return refuse(l, "its INIT_P2M 0x%x leaves no room for %u pages below 0x%x",
			      pv->init_p2m, l->p2m_pages, hole);
	if (end > l->v_start && start < l->v_end)
		return refuse(l, "its INIT_P2M 0x%x lies inside its boot region (0x%x-0x%x)",
			      pv->init_p2m, l->v_start, l->v_end);
	l->p2m = pv->init_p2m;
	l->p2m_pfn = *pfn;
	*pfn += l->p2m_pages;
	l->p2m_tables_pfn = *pfn;
	l->p2m_nr_l1 = tables_for(start, end, L1_SHIFT);
	/* L2 tables for those gigabytes that neither the region nor the top has one for. */
	for (uint32_t i = start >> L2_SHIFT; i <= (uint32_t)((end - 1) >> L2_SHIFT); i++)
		if (i != 3 && (i < first || i > last))
			l->p2m_nr_l2++;
	*pfn += l->p2m_nr_l1 + l->p2m_nr_l2;
	return true;
}

bool layout_compute(const struct pv_info *pv, const struct layout_request *r, struct boot_layout *l)
{
	uint64_t at, end;
	uint32_t pfn;

	memset(l, 0, sizeof(*l));
	l->v_start = pv->virt_base;
	l->kernel_start = pv->virt_kstart;
	l->kernel_end = pv->virt_kend;
	l->initrd_bytes = r->initrd_bytes;
	l->initrd_unmapped = r->initrd_bytes && pv->mod_start_pfn;
	l->p2m_elsewhere = pv->has_init_p2m;
	l->p2m_pages = pages_up((uint64_t)r->nr_pages * 4) / PAGE_SIZE;

	at = pages_up(pv->virt_kend);
	if (r->initrd_bytes && !l->initrd_unmapped) {
		l->initrd = at;
		l->initrd_pfn = (at - l->v_start) >> PAGE_SHIFT;
		at += pages_up(r->initrd_bytes);
	}
	if (!l->p2m_elsewhere) {
		l->p2m = at;
		l->p2m_pfn = (at - l->v_start) >> PAGE_SHIFT;
		at += (uint64_t)l->p2m_pages * PAGE_SIZE;
	}
	l->start_info = at;
	at += PAGE_SIZE;
	if (r->plain) {
		l->store = at;
		l->console = at + PAGE_SIZE;
		at += 2 * PAGE_SIZE;
	}
	l->tables = at;
	end = place_tables(l, at);
	if (end > r->hole_start)
		return refuse(
			l,
			"kernel, initrd and tables end at 0x%llx, inside the hypervisor's hole "
			"(0x%x); use a smaller initrd or a kernel with MOD_START_PFN",
			(unsigned long long)end, r->hole_start);
	l->v_end = end;

	pfn = layout_pfn(l, l->v_end).n;
	if (l->p2m_elsewhere && !place_p2m_elsewhere(pv, r->hole_start, l, &pfn))
		return false;
	if (l->initrd_unmapped) {
		l->initrd_pfn = pfn;
		pfn += pages_up(r->initrd_bytes) >> PAGE_SHIFT;
	}
	l->pages_used = pfn;
	if (pfn > r->nr_pages)
		return refuse(
			l,
			"it is too big: kernel, initrd and tables need %u KiB and the domain gets "
			"%u KiB; give it more with dom0_mem= or load less",
			pfn * 4, r->nr_pages * 4);
	return true;
}
