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

#define	RO	(PTE_P | PTE_A)
#define	RW	(PTE_P | PTE_W | PTE_A | PTE_D)

char pv_stack[PV_STACK] __aligned(16);

extern volatile shared_info_t *HYPERVISOR_shared_info;
extern vaddr_t lwp0uarea, atdevbase;
extern int cpuid_level;
extern paddr_t avail_end;

/* Called first of all, on the builder's tables; returns where free memory begins. */
vaddr_t
pv_start(start_info_t *si)
{
	struct xen_machphys_mapping m2p;
	mmu_update_t u;
	uint32_t regs[4];
	uint64_t pd[PDP_SIZE], root, hole, *w;
	unsigned int i, first, stack, end, l1s = 0;

	pv_begin(si);
	PV_MUST("the table of frames", HYPERVISOR_memory_op(XENMEM_machphys_mapping, &m2p));
	pv_m2p = (unsigned long *)m2p.v_start;
	HYPERVISOR_shared_info = (void *)pv_shared;
	memset((void *)pv_shared + offsetof(shared_info_t, evtchn_mask), 0xff,
	    sizeof(((shared_info_t *)0)->evtchn_mask));
	cpu_info_primary.ci_vcpu = &HYPERVISOR_shared_info->vcpu_info[0];

	first = ++pv_next_pfn;		/* behind the tables: the builder's stack */
	for (i = 0; i < PDP_SIZE; i++)
		pd[i] = pv_take_frame();
	root = pv_take_frame();
	stack = pv_next_pfn;
	for (i = 0; i < UPAGES; i++)
		(void)pv_take_frame();
	hole = pv_take_frame();
	/* as many as show themselves, the ISA hole's addresses, and a few more */
	do {
		pv_l1[l1s++] = pv_take_frame();
		end = pv_next_pfn;
	} while (l1s < PV_TABLES && l1s * 512 < end + atop(IOM_SIZE) + 512);

	pv_map_image(atop(KERNTEXTOFF - KERNBASE), end);
	for (i = first; i < stack; i++)
		pv_map(i, pv_machine(i) | RO);
	for (i = 0; i < l1s; i++)
		pv_map(stack + UPAGES + 1 + i, pv_l1[i] | RO);
	/* who looks for a BIOS finds none */
	for (i = 0; i < atop(IOM_SIZE); i++)
		pv_map(end + i, hole | RO);

	w = pv_show(pd[l2tol3(PDIR_SLOT_PTE)]);
	for (i = 0; i < PDP_SIZE - 1; i++)
		w[l2tol2(PDIR_SLOT_PTE) + i] = pd[i] | RO;
	w = pv_show(pd[l2tol3(PDIR_SLOT_KERN)]);
	for (i = 0; i < l1s; i++)
		w[l2tol2(PDIR_SLOT_KERN) + i] = pv_l1[i] | RW;
	w = pv_show(root);
	for (i = 0; i < PDP_SIZE; i++)
		w[i] = pd[i] | PTE_P;
	pv_use_root(root);
	/* the last slot of the recursive map, now that the table it shows is known for what it is */
	u.ptr = (pd[l2tol3(PDIR_SLOT_PTE)] + (l2tol2(PDIR_SLOT_PTE) + PDP_SIZE - 1) * 8) |
	    MMU_NORMAL_PT_UPDATE;
	u.val = pd[PDP_SIZE - 1] | RO;
	PV_MUST("the recursive map", HYPERVISOR_mmu_update(&u, 1, NULL, DOMID_SELF));
	pv_cpuid(0, 0, regs);
	cpuid_level = regs[0];
	PDPpaddr = ptoa(first);
	nkptp[1] = l1s;
	lwp0uarea = KERNBASE + ptoa(stack);
	((struct pcb *)lwp0uarea)->pcb_cr3 = ptoa(first + PDP_SIZE);
	atdevbase = KERNBASE + ptoa(end);
	pv_platform(si);
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
