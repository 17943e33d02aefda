/* SPDX-License-Identifier: MIT */
/*
 * From the builder's address space to the kernel's own.
 *
 * The kernel's physical addresses are its own count of frames, from 0; pv_p2m[], the builder's list,
 * says which machine frame each is, and the readable M2P table the other way. So the kernel's first
 * tables lie where locore.S would have put them, behind the image: four second-level tables, their
 * root, the first thread's stack, first-level tables.
 */
#include "pvvar.h"

#include <uvm/uvm_extern.h>

#include <dev/isa/isareg.h>

#include <x86/machdep.h>

#include <machine/pcb.h>

#include <xen/include/public/memory.h>

#include <ringone/discover.h>

#define	RO	(PTE_P | PTE_A)
#define	RW	(PTE_P | PTE_W | PTE_A | PTE_D)
#define	MOST	64	/* first-level tables at boot */

char pv_shared[PAGE_SIZE] __aligned(PAGE_SIZE);
char pv_stack[PV_STACK] __aligned(16);
static char window[PAGE_SIZE] __aligned(PAGE_SIZE);

uint32_t pv_features;
unsigned long *pv_p2m, pv_frames;

extern volatile shared_info_t *HYPERVISOR_shared_info;
extern paddr_t HYPERVISOR_shared_info_pa;
extern vaddr_t lwp0uarea, atdevbase;
extern int tablesize, cpuid_level;
extern paddr_t avail_end;
extern void xen_delay(unsigned int);
extern void (*delay_func)(unsigned int);
extern void (*x86_initclock_func)(void);
void	xen_initclocks(void);

static unsigned int next_pfn;
static unsigned int old_first, old_end;	/* the builder's page tables */
static uint64_t l1[MOST];		/* machine addresses of the kernel's first-level tables */
static unsigned int l1s;

void
pv_die(const char *what, long rc)
{
	struct sched_shutdown down = { .reason = SHUTDOWN_crash };
	char text[120];
	int n;

	n = snprintf(text, sizeof(text), "pv: %s failed: %ld, called from %p\n", what, rc,
	    __builtin_return_address(0));
	HYPERVISOR_console_io(CONSOLEIO_write, n, text);
	(void)down;
	HYPERVISOR_crash();
	for (;;)
		;
}

/* Writes the entry for @va, whatever address space is loaded. */
long
pv_update_va(vaddr_t va, uint64_t pte)
{
	long ret, a, b, c, d;

	__asm volatile("call hypercall_page + 14 * 32"
	    : "=a" (ret), "=b" (a), "=c" (b), "=d" (c), "=S" (d)
	    : "1" (va), "2" ((uint32_t)pte), "3" ((uint32_t)(pte >> 32)), "4" (UVMF_INVLPG)
	    : "memory");
	return ret;
}

static uint64_t
machine_frame(unsigned int pfn)
{

	return (uint64_t)pv_p2m[pfn] << PAGE_SHIFT;
}

static void
show(uint64_t ma)
{

	PV_MUST("window", pv_update_va((vaddr_t)window, ma ? ma | RW : 0));
}

/* The next free frame, zeroed, not mapped anywhere but at `window`. */
static uint64_t
take_frame(void)
{
	uint64_t ma;

	if (next_pfn >= pv_frames)
		pv_die("memory for the first page tables", next_pfn);
	/* the builder may have mapped it; where it has not, there is nothing to undo */
	(void)pv_update_va(KERNBASE + ptoa(next_pfn), 0);
	ma = machine_frame(next_pfn++);
	show(ma);
	memset(window, 0, PAGE_SIZE);
	return ma;
}

static void
map(unsigned int pfn, uint64_t pte)
{

	show(l1[pfn / 512]);
	((uint64_t *)window)[pfn % 512] = pte;
}

/* Every frame up to @end at KERNBASE and on, but for the builder's tables. */
static void
map_image(unsigned int end, uint64_t shared)
{
	uint64_t *w = (uint64_t *)window;
	unsigned int pfn, t;

	for (t = 0; t < l1s; t++) {
		show(l1[t]);
		for (pfn = t * 512; pfn < MIN(end, (t + 1) * 512); pfn++) {
			if (pfn < atop(KERNTEXTOFF - KERNBASE) || (pfn >= old_first && pfn < old_end))
				continue;
			if (ptoa(pfn) + KERNBASE == (vaddr_t)pv_shared)
				w[pfn % 512] = shared | RW;
			else
				w[pfn % 512] = machine_frame(pfn) | RW;
		}
	}
}

/* Called first of all, on the builder's tables; returns where free memory begins. */
vaddr_t
pv_start(start_info_t *si)
{
	struct mmuext_op op[2];
	mmu_update_t u;
	uint32_t regs[4];
	uint64_t pd[PDP_SIZE], root, hole;
	unsigned int i, first, stack, end;

	pv_p2m = (unsigned long *)si->mfn_list;
	pv_frames = si->nr_pages;
	PV_MUST("the shared page", pv_update_va((vaddr_t)pv_shared, si->shared_info | RW));
	pv_disable_intr();
	HYPERVISOR_shared_info = (void *)pv_shared;
	memset((void *)pv_shared + offsetof(shared_info_t, evtchn_mask), 0xff,
	    sizeof(((shared_info_t *)0)->evtchn_mask));
	cpu_info_primary.ci_vcpu = &HYPERVISOR_shared_info->vcpu_info[0];
	pv_features = ringone_features();
	memcpy(&xen_start_info, si, sizeof(xen_start_info));

	old_first = atop(si->pt_base - KERNBASE);
	old_end = old_first + si->nr_pt_frames;
	next_pfn = old_end + 1;		/* behind the tables: the builder's stack */

	first = next_pfn;
	for (i = 0; i < PDP_SIZE; i++)
		pd[i] = take_frame();
	root = take_frame();
	stack = next_pfn;
	for (i = 0; i < UPAGES; i++)
		(void)take_frame();
	hole = take_frame();
	/* as many as show themselves, the ISA hole's addresses, and a few more */
	do {
		l1[l1s++] = take_frame();
		end = next_pfn;
	} while (l1s < MOST && l1s * 512 < end + atop(IOM_SIZE) + 512);

	map_image(end, si->shared_info);
	for (i = first; i < stack; i++)
		map(i, machine_frame(i) | RO);
	for (i = 0; i < l1s; i++)
		map(stack + UPAGES + 1 + i, l1[i] | RO);
	/* who looks for a BIOS finds none */
	for (i = 0; i < atop(IOM_SIZE); i++)
		map(end + i, hole | RO);

	show(pd[l2tol3(PDIR_SLOT_PTE)]);
	for (i = 0; i < PDP_SIZE - 1; i++)
		((uint64_t *)window)[l2tol2(PDIR_SLOT_PTE) + i] = pd[i] | RO;
	show(pd[l2tol3(PDIR_SLOT_KERN)]);
	for (i = 0; i < l1s; i++)
		((uint64_t *)window)[l2tol2(PDIR_SLOT_KERN) + i] = l1[i] | RW;
	show(root);
	for (i = 0; i < PDP_SIZE; i++)
		((uint64_t *)window)[i] = pd[i] | PTE_P;
	show(0);

	op[0].cmd = MMUEXT_PIN_L3_TABLE;
	op[0].arg1.mfn = root >> PAGE_SHIFT;
	op[1].cmd = MMUEXT_NEW_BASEPTR;
	op[1].arg1.mfn = root >> PAGE_SHIFT;
	PV_MUST("the kernel's address space", HYPERVISOR_mmuext_op(op, 2, NULL, DOMID_SELF));
	/* the last slot of the recursive map, now that the table it shows is known for what it is */
	u.ptr = (pd[l2tol3(PDIR_SLOT_PTE)] + (l2tol2(PDIR_SLOT_PTE) + PDP_SIZE - 1) * 8) |
	    MMU_NORMAL_PT_UPDATE;
	u.val = pd[PDP_SIZE - 1] | RO;
	PV_MUST("the recursive map", HYPERVISOR_mmu_update(&u, 1, NULL, DOMID_SELF));
	/* not every hypervisor has pinned the builder's */
	op[0].cmd = MMUEXT_UNPIN_TABLE;
	op[0].arg1.mfn = machine_frame(old_first) >> PAGE_SHIFT;
	(void)HYPERVISOR_mmuext_op(op, 1, NULL, DOMID_SELF);

	pv_cpuid(0, 0, regs);
	cpuid_level = regs[0];
	PDPpaddr = ptoa(first);
	nkptp[1] = l1s;
	lwp0uarea = KERNBASE + ptoa(stack);
	((struct pcb *)lwp0uarea)->pcb_cr3 = ptoa(first + PDP_SIZE);
	tablesize = ptoa(end - first);
	atdevbase = KERNBASE + ptoa(end);
	vm_guest = VM_GUEST_XENPVH;	/* no hardware, Xen's drivers */
	delay_func = x86_delay = xen_delay;
	x86_initclock_func = xen_initclocks;
	pv_cr3_pa = ptoa(first + PDP_SIZE);
	return ptoa(end);
}

/* All frames of the domain are one run; what the kernel occupies is known to who asks. */
void
pv_add_memory(void)
{
	mem_clusters[mem_cluster_cnt].start = 0;
	mem_clusters[mem_cluster_cnt++].size = ptoa((uint64_t)pv_frames);
	physmem += pv_frames;
	avail_end = ptoa((paddr_t)pv_frames);
}
