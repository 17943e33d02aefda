/* SPDX-License-Identifier: MIT */
/* Frames, page tables and the pool of pages that tests take theirs from. */
#include "mm.h"
#include "internal.h"

#ifndef GUEST_POOL_PAGES
#define GUEST_POOL_PAGES 512
#endif

xen_pfn_t *p2m;
unsigned long hole_start;
struct xen_machphys_mapping m2p_range;
uint64_t *l3_table;

static char pool[GUEST_POOL_PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
static char shared_page[PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned int pool_used;

static void __attribute__((noreturn)) die(const char *what, long ret)
{
	guest_fail("%s: error %d", what, (int)ret);
	guest_finish();
}

void *page_alloc_n(unsigned int n)
{
	void *page = pool[pool_used];

	pool_used += n;
	if (pool_used > GUEST_POOL_PAGES)
		die("page pool is empty; raise GUEST_POOL_PAGES", pool_used);
	return memset(page, 0, n * PAGE_SIZE);
}

void *page_alloc(void)
{
	return page_alloc_n(1);
}

xen_pfn_t virt_to_mfn(const void *va)
{
	return p2m[((unsigned long)va - GUEST_VIRT_BASE) / PAGE_SIZE];
}

uint64_t virt_to_machine(const void *va)
{
	return (uint64_t)virt_to_mfn(va) * PAGE_SIZE + (unsigned long)va % PAGE_SIZE;
}

void *mfn_to_virt(xen_pfn_t mfn)
{
	const xen_pfn_t *m2p = (const xen_pfn_t *)m2p_range.v_start;

	return (void *)(GUEST_VIRT_BASE + m2p[mfn] * PAGE_SIZE);
}

void mm_init(void)
{
	struct xen_platform_parameters pp = { 0 };

	p2m = (xen_pfn_t *)start_info->mfn_list;
	l3_table = (uint64_t *)start_info->pt_base;
	m2p_range.v_start = MACH2PHYS_VIRT_START;
	ringone_memory_op(XENMEM_machphys_mapping, &m2p_range);
	ringone_xen_version(XENVER_platform_parameters, &pp);
	hole_start = pp.virt_start;
}

static uint64_t *table_of(uint64_t entry)
{
	if (!(entry & PTE_P))
		return NULL;
	return mfn_to_virt((entry & PTE_ADDRESS) / PAGE_SIZE);
}

uint64_t *l2_entry(unsigned long va)
{
	uint64_t *l2 = table_of(l3_table[va >> 30]);

	return l2 ? l2 + (va >> 21 & 511) : NULL;
}

uint64_t *l1_entry(unsigned long va)
{
	uint64_t *l2 = l2_entry(va);
	uint64_t *l1 = l2 ? table_of(*l2) : NULL;

	return l1 ? l1 + (va >> 12 & 511) : NULL;
}

long mmu_write_ma(uint64_t ma, uint64_t val)
{
	mmu_update_t u = { ma, val };

	return ringone_mmu_update(&u, 1, NULL, DOMID_SELF);
}

long mmu_write_how(const uint64_t *entry, uint64_t val, unsigned int how)
{
	return mmu_write_ma(virt_to_machine(entry) | how, val);
}

long mmu_write(const uint64_t *entry, uint64_t val)
{
	return mmu_write_how(entry, val, MMU_NORMAL_PT_UPDATE);
}

long mmuext(unsigned int cmd, xen_pfn_t mfn)
{
	mmuext_op_t op = { .cmd = cmd, .arg1.mfn = mfn };

	return ringone_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long mmuext_linear(unsigned int cmd, unsigned long va, unsigned int n)
{
	mmuext_op_t op = { .cmd = cmd, .arg1.linear_addr = va, .arg2.nr_ents = n };

	return ringone_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long page_remap(void *page, uint64_t flags)
{
	return ringone_update_va_mapping(
		(unsigned long)page, (uint64_t)virt_to_mfn(page) * PAGE_SIZE | flags, UVMF_INVLPG);
}

void page_readonly(void *page)
{
	long ret = page_remap(page, PTE_RO);

	if (ret)
		die("page_readonly", ret);
}

void page_writable(void *page)
{
	long ret = page_remap(page, PTE_RW);

	if (ret)
		die("page_writable", ret);
}

void page_forget(void *page)
{
	long ret = ringone_update_va_mapping((unsigned long)page, 0, UVMF_INVLPG);

	if (ret)
		die("page_forget", ret);
}

static void new_table(uint64_t *slot, uint64_t flags)
{
	void *page = page_alloc();
	long ret;

	page_readonly(page);
	ret = mmu_write(slot, (uint64_t)virt_to_mfn(page) * PAGE_SIZE | flags);
	if (ret)
		die("linking a page table", ret);
}

void map_page(unsigned long va, xen_pfn_t mfn, uint64_t flags)
{
	long ret;

	if (!l2_entry(va))
		new_table(&l3_table[va >> 30], L3_FLAGS);
	if (!l1_entry(va))
		new_table(l2_entry(va), TABLE_FLAGS);
	ret = ringone_update_va_mapping(va, (uint64_t)mfn * PAGE_SIZE | flags, UVMF_INVLPG);
	if (ret)
		die("map_page", ret);
}

void tables_make(struct tables *t)
{
	t->l3 = page_alloc();
	for (unsigned int i = 0; i < 4; i++) {
		t->l2[i] = page_alloc();
		uint64_t *from = table_of(l3_table[i]);
		/* What lies above the hole is the hypervisor's to fill in. */
		unsigned int n = i == 3 ? (hole_start >> 21 & 511) : 512;

		if (from)
			memcpy(t->l2[i], from, n * sizeof(*from));
		t->l3[i] = (uint64_t)virt_to_mfn(t->l2[i]) * PAGE_SIZE | L3_FLAGS;
		page_readonly(t->l2[i]);
	}
	page_readonly(t->l3);
}

void *map_shared_info(void)
{
	long ret = ringone_update_va_mapping((unsigned long)shared_page,
					     start_info->shared_info | PTE_RW, UVMF_INVLPG);

	if (ret)
		die("mapping shared_info", ret);
	return shared_page;
}
