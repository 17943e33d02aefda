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

#include <ringone/discover.h>

#define	RO	(PG_V | PG_A)
#define	RW	(PG_V | PG_RW | PG_A | PG_M)

extern u_int32_t KERNend, KPTphys;
extern vm_offset_t proc0kstack;

char pv_shared[PAGE_SIZE] __aligned(PAGE_SIZE);
static char window[PAGE_SIZE] __aligned(PAGE_SIZE);
static char console_ring[PAGE_SIZE] __aligned(PAGE_SIZE);
static char store_ring[PAGE_SIZE] __aligned(PAGE_SIZE);

uint32_t pv_features;
u_int pv_next_pfn;		/* frames from here on are free */
u_int pv_old_first, pv_old_end;	/* frames of the builder's page tables */
extern struct xenstore_domain_interface *xen_store;

static start_info_t *si;
vm_paddr_t pv_kpt;		/* the table behind the last slot of the recursive map */
static vm_paddr_t pt[NKPT];	/* the kernel's first page tables */
static vm_paddr_t pd[NPGPTD];
static vm_offset_t next_va;

void
pv_die(const char *what, long rc)
{
	struct sched_shutdown down = { .reason = SHUTDOWN_crash };
	char text[120];
	int n;

	n = snprintf(text, sizeof(text), "pv: %s failed: %ld, called from %p\n", what, rc,
	    __builtin_return_address(0));
	HYPERVISOR_console_io(CONSOLEIO_write, n, text);
	HYPERVISOR_sched_op(SCHEDOP_shutdown, &down);
	for (;;)
		;
}

vm_paddr_t
pv_machine(u_int pfn)
{

	return (ptoa((vm_paddr_t)((unsigned long *)si->mfn_list)[pfn]));
}

static void
show(vm_paddr_t ma)
{

	PV_MUST("window", HYPERVISOR_update_va_mapping((u_long)window, ma ? ma | RW : 0,
	    UVMF_INVLPG));
}

/* A free frame, shown at `window`, zeroed. */
static vm_paddr_t
take_frame(void)
{
	vm_paddr_t ma;

	if (pv_next_pfn >= si->nr_pages)
		pv_die("memory for the first page tables", pv_next_pfn);
	/* the builder may have mapped it; where it has not, there is nothing to undo */
	(void)HYPERVISOR_update_va_mapping(KERNBASE + ptoa(pv_next_pfn), 0, UVMF_INVLPG);
	ma = pv_machine(pv_next_pfn++);
	show(ma);
	bzero(window, PAGE_SIZE);
	return (ma);
}

/* Writes the kernel's new entry for @va. */
static void
map(vm_offset_t va, uint64_t pte)
{

	show(pt[(va - KERNBASE) >> PDRSHIFT]);
	((pt_entry_t *)window)[(va >> PAGE_SHIFT) % NPTEPG] = pte;
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
		map_next(take_frame(), RW);
	return (va);
}

/* The image and what the builder has put behind it, at the addresses where they are now. */
static void
map_image(void)
{
	u_int i, pfn, last;
	vm_offset_t va;
	pt_entry_t *w = (pt_entry_t *)window;

	for (i = KERNLOAD / NBPDR; ptoa(i * NPTEPG) < next_va - KERNBASE; i++) {
		show(pt[i]);
		last = MIN((i + 1) * NPTEPG, atop(next_va - KERNBASE));
		for (pfn = i * NPTEPG; pfn < last; pfn++) {
			va = KERNBASE + ptoa(pfn);
			if (pfn >= pv_old_first && pfn < pv_old_end)
				w[pfn % NPTEPG] = 0;
			else if (va == (vm_offset_t)pv_shared)
				w[pfn % NPTEPG] = si->shared_info | RW;
			else
				w[pfn % NPTEPG] = pv_machine(pfn) | RW;
		}
	}
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
	struct mmuext_op op[2];
	u_int i;

	show(pd[PTDPTDI / NPDEPG]);
	for (i = 0; i < NPGPTD; i++)
		((pd_entry_t *)window)[PTDPTDI % NPDEPG + i] =
		    (i == NPGPTD - 1 ? pv_kpt : pd[i]) | RO;
	show(pd[KPTDI / NPDEPG]);
	for (i = 0; i < NKPT; i++)
		((pd_entry_t *)window)[KPTDI % NPDEPG + i] = pt[i] | RW;
	show(pv_kpt);
	for (i = 0; i < NKPT; i++)
		((pt_entry_t *)window)[i] = pt[i] | RO;
	show(root);
	for (i = 0; i < NPGPTD; i++)
		((pdpt_entry_t *)window)[i] = pd[i] | PG_V;
	show(0);

	op[0].cmd = MMUEXT_PIN_L3_TABLE;
	op[0].arg1.mfn = atop(root);
	op[1].cmd = MMUEXT_NEW_BASEPTR;
	op[1].arg1.mfn = atop(root);
	PV_MUST("the kernel's address space", HYPERVISOR_mmuext_op(op, 2, NULL, DOMID_SELF));
	/* not every hypervisor has pinned the builder's */
	op[0].cmd = MMUEXT_UNPIN_TABLE;
	op[0].arg1.mfn = atop(pv_machine(pv_old_first));
	(void)HYPERVISOR_mmuext_op(op, 1, NULL, DOMID_SELF);
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
	PV_MUST("the shared page", HYPERVISOR_update_va_mapping((u_long)pv_shared,
	    si->shared_info | RW, UVMF_INVLPG));
	HYPERVISOR_shared_info = (shared_info_t *)pv_shared;
	pv_disable_intr();
	xen_domain_type = XEN_PV_DOMAIN;
	vm_guest = VM_GUEST_XEN;
	pv_features = ringone_features();

	pv_old_first = atop(si->pt_base - KERNBASE);
	pv_old_end = pv_old_first + si->nr_pt_frames;
	pv_next_pfn = pv_old_end;
	next_va = KERNBASE + ptoa(pv_old_end);

	for (i = 0; i < NKPT; i++)
		pt[i] = take_frame();
	for (i = 0; i < NPGPTD; i++)
		pd[i] = take_frame();
	pv_kpt = take_frame();
	root = take_frame();
	map_image();

	proc0kstack = take_pages(TD0_KSTACK_PAGES);
	IdlePTD = (pd_entry_t *)(next_va - KERNBASE);
	for (i = 0; i < NPGPTD; i++)
		map_next(pd[i], RO);
	IdlePDPT = (pdpt_entry_t *)(map_next(root, RO) - KERNBASE);
	KPTphys = pt[0];
	KPTmap = PTmap;
	first = take_pages(atop(DPCPU_SIZE));
	KERNend = next_va - KERNBASE;
	use_tables(root);

	pv_identify();
	pv_bootinfo(si);
	return (first - KERNBASE);
}
