/* SPDX-License-Identifier: MIT */
/*
 * From the builder's address space to the kernel's own.
 *
 * The kernel's physical addresses are machine addresses: what pmap writes into an entry is what the
 * processor walks, and nothing is translated anywhere. The frames of this domain, sorted, become
 * phys_avail[] (memory.c). What the kernel calls `first` and `IdlePTD` are offsets from KERNBASE,
 * as they are natively.
 *
 * The recursive map of the page tables is kept, but for its last slot. Natively L2[2][508..511]
 * name the four second-level tables; here the last one names a table of our own, `pv_kpt`, whose
 * entries map the kernel's page tables one by one. It shows at the same address what the recursive
 * slot would show, without showing the hypervisor's entries in the table it stands for.
 */
#include <i386/pv/pvvar.h>

#include <machine/vmparam.h>

#define	RO	(PG_V | PG_A)
#define	RW	(PG_V | PG_RW | PG_A | PG_M)

extern u_int32_t KERNend, KPTphys;
extern vm_offset_t proc0kstack;

static char console_ring[PAGE_SIZE] __aligned(PAGE_SIZE);
static char store_ring[PAGE_SIZE] __aligned(PAGE_SIZE);

extern struct xenstore_domain_interface *xen_store;

static start_info_t *si;
vm_paddr_t pv_kpt;		/* the table behind the last slot of the recursive map */
static vm_paddr_t pd[NPGPTD];
static vm_offset_t next_va;

/* Writes the kernel's new entry for @va. */
static void
map(vm_offset_t va, uint64_t pte)
{

	pv_map(atop(va - KERNBASE), pte);
}

static vm_offset_t
map_next(vm_paddr_t ma, uint64_t flags)
{

	map(next_va, ma | flags);
	next_va += PAGE_SIZE;
	return (next_va - PAGE_SIZE);
}

static vm_offset_t
take_pages(int n)
{
	vm_offset_t va = next_va;

	while (n-- > 0)
		map_next(pv_take_frame(), RW);
	return (va);
}

/* The image and what the builder has put behind it, at the addresses where they are now. */
static void
map_image(void)
{

	pv_map_image(atop(KERNLOAD), atop(next_va - KERNBASE));
	if ((si->flags & SIF_INITDOMAIN) == 0) {
		map((vm_offset_t)console_ring, ptoa((vm_paddr_t)si->console.domU.mfn) | RW);
		console_page = console_ring;
	}
	if (si->store_mfn != 0) {
		map((vm_offset_t)store_ring, ptoa((vm_paddr_t)si->store_mfn) | RW);
		xen_store = (struct xenstore_domain_interface *)store_ring;
	}
}

/* Fills the directories and makes them the processor's. */
static void
use_tables(vm_paddr_t root)
{
	uint64_t *w;
	u_int i;

	w = pv_show(pd[PTDPTDI / NPDEPG]);
	for (i = 0; i < NPGPTD; i++)
		w[PTDPTDI % NPDEPG + i] = (i == NPGPTD - 1 ? pv_kpt : pd[i]) | RO;
	w = pv_show(pd[KPTDI / NPDEPG]);
	for (i = 0; i < NKPT; i++)
		w[KPTDI % NPDEPG + i] = pv_l1[i] | RW;
	w = pv_show(pv_kpt);
	for (i = 0; i < NKPT; i++)
		w[i] = pv_l1[i] | RO;
	w = pv_show(root);
	for (i = 0; i < NPGPTD; i++)
		w[i] = pd[i] | PG_V;
	pv_use_root(root);
	pv_cr3 = root;
}

/* Called first of all, on the builder's tables; returns where free addresses begin. */
u_int pv_start(start_info_t *info);
u_int
pv_start(start_info_t *info)
{
	vm_paddr_t root;
	vm_offset_t first;
	u_int i;

	si = HYPERVISOR_start_info = info;
	pv_begin(info);
	HYPERVISOR_shared_info = (shared_info_t *)pv_shared;
	xen_domain_type = XEN_PV_DOMAIN;
	vm_guest = VM_GUEST_XEN;

	next_va = KERNBASE + ptoa(pv_old_end);

	for (i = 0; i < NKPT; i++)
		pv_l1[i] = pv_take_frame();
	for (i = 0; i < NPGPTD; i++)
		pd[i] = pv_take_frame();
	pv_kpt = pv_take_frame();
	root = pv_take_frame();
	map_image();

	proc0kstack = take_pages(TD0_KSTACK_PAGES);
	IdlePTD = (pd_entry_t *)(next_va - KERNBASE);
	for (i = 0; i < NPGPTD; i++)
		map_next(pd[i], RO);
	IdlePDPT = (pdpt_entry_t *)(map_next(root, RO) - KERNBASE);
	KPTphys = pv_l1[0];
	KPTmap = PTmap;
	first = take_pages(atop(DPCPU_SIZE));
	KERNend = next_va - KERNBASE;
	use_tables(root);

	pv_identify();
	pv_bootinfo(si);
	return (first - KERNBASE);
}
