/* SPDX-License-Identifier: MIT */
/*
 * Part of mmu_pv.c: how an i386 PAE kernel takes over the page tables it was started on.
 *
 *   builder's L3 --[3]--> builder's L2 --> L1 tables of kernel, p2m list, start_info ...
 *                                            ^
 *   swapper_pg_dir --[3]--> initial_pg_pmd --'
 *
 * A top L2 belongs to one L3, so the L2 is copied and the L1 tables are shared. initial_pg_pmd is
 * the page that head_32.S uses for the same purpose on bare metal, where this code never runs.
 *
 * relies: arch/x86/xen/mmu_pv.c has /\bxen_mc_issue\((0|true)\)/
 */

static void __init set_page_prot(void *addr, pgprot_t prot);

void __init xen_setup_kernel_pagetable(pgd_t *builder, unsigned long max_pfn)
{
	pmd_t *builder_pmd = __va(pgd_val(builder[KERNEL_PGD_BOUNDARY]) & PTE_PFN_MASK);
	unsigned int i;

	xen_pt_base = __pa(xen_start_info->pt_base);
	xen_pt_size = xen_start_info->nr_pt_frames * PAGE_SIZE;
	memblock_reserve(xen_pt_base, xen_pt_size);

	/* The tables are the last thing that the builder is sure to have mapped. */
	max_pfn_mapped = PFN_DOWN(xen_pt_base + xen_pt_size);

	/* The hypervisor's own slots are not ours to copy; it fills them in when we pin. */
	for (i = 0; i < pmd_index(FIXADDR_TOP + PAGE_SIZE); i++)
		initial_pg_pmd[i] = builder_pmd[i];

	swapper_pg_dir[KERNEL_PGD_BOUNDARY] = __pgd(__pa(initial_pg_pmd) | _PAGE_PRESENT);

	set_page_prot(initial_pg_pmd, PAGE_KERNEL_RO);
	set_page_prot(swapper_pg_dir, PAGE_KERNEL_RO);
	pin_pagetable_pfn(MMUEXT_PIN_L3_TABLE, PFN_DOWN(__pa(swapper_pg_dir)));

	xen_mc_batch();
	__xen_write_cr3(true, __pa(swapper_pg_dir));
	xen_mc_issue(1);	/* "outside of MMU mode" once, "now" today: now */

	/* The old L3 and L2 stay reserved and read-only: two pages. */
	pin_pagetable_pfn(MMUEXT_UNPIN_TABLE, PFN_DOWN(__pa(builder)));
}

/*
 * set_pte until the allocators work. Tables are in use as soon as they are allocated, some of
 * them are written before; a hypercall serves the first kind only.
 *
 * kernel_physical_mapping_init() maps every page of low memory twice, at first with the
 * attributes of a boot loader's identity mapping. That pass is skipped. The second one would make
 * the page tables among those pages writable, which the hypervisor would refuse.
 */
static void __init xen_set_pte_init(pte_t *ptep, pte_t pte)
{
	unsigned int level;
	pte_t *alias = lookup_address((unsigned long)ptep, &level);

	if (alias && pte_write(*alias)) {
		native_set_pte(ptep, pte);
		return;
	}
	if ((pte_flags(pte) & ~_PAGE_NX) == PTE_IDENT_ATTR)
		return;
	if (pte_present(*ptep) && !pte_write(*ptep) && pte_mfn(*ptep) == pte_mfn(pte))
		pte = pte_wrprotect(pte);
	if (!pte_same(*ptep, pte))
		__xen_set_pte(ptep, pte);
}
