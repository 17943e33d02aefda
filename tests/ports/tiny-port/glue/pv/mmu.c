// SPDX-License-Identifier: MIT
/* Page tables that the hypervisor checks: machine frames, read-only tables, stores by hypercall. */
#include <ringone/shim.h>
#include "paging.h"
#include "pv/guest.h"

static const xen_pfn_t *p2m; /* machine frame of each of ours */
static const xen_pfn_t *m2p; /* and back: one table for the whole machine */
static uint32_t hole_slot;   /* first L2 entry of the fourth GiB that is not ours */

void pv_mmu_init(void)
{
	struct xen_machphys_mapping map = { .v_start = MACH2PHYS_VIRT_START };
	struct xen_platform_parameters hole = { .virt_start = HYPERVISOR_VIRT_START };

	p2m = (const xen_pfn_t *)pv_start_info->mfn_list;
	ringone_memory_op(XENMEM_machphys_mapping, &map);
	ringone_xen_version(XENVER_platform_parameters, &hole);
	m2p = (const xen_pfn_t *)map.v_start;
	hole_slot = hole.virt_start >> 21 & 511;
}

uint64_t pv_to_machine(uint32_t phys)
{
	return (uint64_t)p2m[phys / PAGE_SIZE] * PAGE_SIZE + phys % PAGE_SIZE;
}

uint32_t pv_to_phys(uint64_t machine)
{
	return m2p[machine / PAGE_SIZE] * PAGE_SIZE + (uint32_t)machine % PAGE_SIZE;
}

static void table_op(const char *what, unsigned int cmd, uint32_t phys)
{
	pv_must(what, ringone_table_op(cmd, pv_to_machine(phys) / PAGE_SIZE));
}

void pv_load_cr3(uint32_t phys)
{
	table_op("new CR3", MMUEXT_NEW_BASEPTR, phys);
}

void pv_flush_page(uint32_t va)
{
	pv_must("INVLPG", ringone_flush_page(va));
}

void pv_set_entry(uint64_t *at, uint64_t value)
{
	mmu_update_t u = { pv_to_machine(to_phys(at)) | MMU_NORMAL_PT_UPDATE, value };

	pv_must("page-table entry", ringone_mmu_update(&u, 1, NULL, DOMID_SELF));
}

void pv_map_page(void *va, uint64_t entry)
{
	pv_must("kernel mapping", ringone_update_va_mapping((uint32_t)va, entry, UVMF_INVLPG));
}

void *pv_table_begin(void *page)
{
	pv_map_page(page, make_entry(to_phys(page), PTE_P));
	return page;
}

void pv_table_end(void *page)
{
	pv_map_page(page, make_entry(to_phys(page), PTE_P | PTE_W));
}

/* A copy of the kernel's L2, up to where the hypervisor begins; the hypervisor adds itself. */
uint64_t pv_kernel_half_create(uint64_t l3_entry)
{
	void *copy = to_virt(frame_alloc());

	memcpy(copy, to_virt(entry_phys(l3_entry)), hole_slot * sizeof(pte_t));
	return make_entry(to_phys(pv_table_begin(copy)), PTE_P);
}

void pv_kernel_half_destroy(uint64_t l3_entry)
{
	uint32_t phys = entry_phys(l3_entry);

	pv_table_end(to_virt(phys));
	frame_put(phys);
}

void pv_pin(const void *l3)
{
	table_op("pin", MMUEXT_PIN_L3_TABLE, to_phys(l3));
}

void pv_unpin(const void *l3)
{
	table_op("unpin", MMUEXT_UNPIN_TABLE, to_phys(l3));
}

void *pv_first_tables(void)
{
	return (void *)pv_start_info->pt_base;
}

/* Maps all memory up to @top that the builder's tables do not map, many entries a hypercall. */
void pv_map_rest(uint32_t top)
{
	static struct ringone_batch batch;

	for (uint32_t phys = 0; phys < top; phys += PAGE_SIZE) {
		pte_t *e = space_entry(&kernel_space, phys + KERNEL_BASE, 1);

		if (!(*e & PTE_P))
			pv_must("memory map", ringone_batch_add(&batch, pv_to_machine(to_phys(e)),
								make_entry(phys, PTE_P | PTE_W),
								MMU_NORMAL_PT_UPDATE));
	}
	pv_must("memory map", ringone_batch_flush(&batch));
}
