# SPDX-License-Identifier: MIT
"""netbsd-port's rules and edits on small sources of our own in the style of that kernel. What a
step must change is named, and what it must leave alone; a kernel's tree is not needed."""

import unittest

import portsteps

# rule: (source, what is there afterwards, what is not)
RULES = {
    "40-pmap": ("""\
static pt_entry_t *
pmap_map_ptp(struct vm_page *ptp)
{
	const pd_entry_t flags = PTE_P | PTE_W | pmap_pg_nx | PTE_A | PTE_D;

	return flags;
}

static void
zero(pt_entry_t *zpte)
{
	pmap_pte_set(zpte, PTE_P | PTE_W | pmap_pg_nx | PTE_D | PTE_A);
}

static void
make(struct pmap *pmap, pd_entry_t *pdir, int i)
{
	pdir[PDIR_SLOT_PTE + i] |= PTE_W;
	for (;;) {
		p = pmap->pm_pdir[i - 1];
		if (__predict_true(p != 0)) {
			break;
		}
	}
	memcpy(&pm->pm_pdir[i], &kpm->pm_pdir[i], n * sizeof(pd_entry_t));
	memcpy(&pdir[i], &PDP_BASE[i], n * sizeof(pd_entry_t));
	pmap_pdp_fini(pmap->pm_pdir);
}
""", ["flags = PTE_P | pmap_pg_nx | PTE_A | PTE_D;", "PTE_P | PTE_W | pmap_pg_nx | PTE_D | PTE_A",
      "pv_pin(pmap->pm_pdir);\n\t\t\tbreak;",
      "pv_copy_entries(&pm->pm_pdir[i], &kpm->pm_pdir[i], n);",
      "memcpy(&pdir[i]", "pv_unpin(pmap->pm_pdir);\n\tpmap_pdp_fini"],
     ["|= PTE_W", "memcpy(&pm->"]),
    "45-batches": ("""\
void
pmap_kenter_pa(vaddr_t va, paddr_t pa, vm_prot_t prot, u_int flags)
{
	pt_entry_t *pte, opte, npte;

	opte = pmap_pte_testset(pte, npte);
}

static void
pmap_kremove1(vaddr_t sva, vsize_t len, bool localonly)
{
	pt_entry_t *pte, opte;
	vaddr_t va, eva;

	eva = sva + len;
	for (va = sva; va < eva; va += PAGE_SIZE) {
		opte = pmap_pte_testset(pte, 0);
	}
	kpreempt_enable();
}

static void
pmap_remove_locked(struct pmap *pmap, vaddr_t sva, vaddr_t eva)
{
	pmap_map_ptes(pmap, &pmap2, &ptes, &pdes);
	(void)pmap_pte_testset(&ptes[0], 0);
	pmap_unmap_ptes(pmap, pmap2);
}

int
pmap_enter_ma(struct pmap *pmap, vaddr_t va)
{
	pt_entry_t *ptep, opte, npte;

	mutex_enter(&pmap->pm_lock);
	pmap_map_ptes(pmap, &pmap2, &ptes, &pdes);
	do {
		opte = *ptep;
	} while (pmap_pte_cas(ptep, opte, npte) != opte);
	pmap_unmap_ptes(pmap, pmap2);
	return 0;
}

static void
show(struct pmap *pmap, struct vm_page *ptp, vaddr_t va)
{
	pmap_pte_set(ptppte, pmap_pa2pte(pa) | pteflags);

	pmap_pte_flush();
	pmap_update_pg(ptpva);
	ptep = pmap_map_pte(pmap, ptp, va);
	while (pmap_pte_cas(ptep, opte, npte) != opte)
		continue;
}

void
pmap_update(struct pmap *pmap)
{
	struct vm_page *ptp;

	kpreempt_disable();
	pmap_tlb_shootnow();
	kpreempt_enable();
}
""", ["opte = pv_pte_enter(pte, npte);", "pv_batch_begin();\n\tfor (va = sva;",
      "}\n\tpv_batch_end();\n\tkpreempt_enable", "opte = pmap_pte_testset(pte, 0)",
      "{\n\tpv_flush();\n\tpmap_map_ptes(pmap", "pm_lock);\n\tpmap_map_ptes(pmap",
      "pv_batch_begin();\n\t(void)pmap_pte_testset", "pv_batch_end();\n\tpmap_unmap_ptes",
      "opte = pv_pte_read(ptep);", "while (pv_pte_enter(ptep, npte) != opte)",
      "pv_window(ptpva, pmap_pa2pte(pa) | pteflags);", "pv_flush();\n\tptep = pmap_map_pte",
      "while (pmap_pte_cas(ptep, opte, npte) != opte)\n\t\tcontinue",
      "pv_batch_end();\n\tpv_flush();\n\tkpreempt_enable"],
                   ["opte = *ptep;", "pmap_update_pg"]),
    "43-pmap-7": ("""\
static int
pmap_pdp_ctor(void *arg, void *v, int flags)
{
	pd_entry_t *pdir = v;

	memset(pdir, 0, PDIR_SLOT_PTE * sizeof(pd_entry_t));
	return (0);
}

int
other(void *arg, void *v, int flags)
{
	return (0);
}
""", ["pv_pin(v);\n\treturn (0);\n}\n\nint\nother", "int flags)\n{\n\treturn (0);"], []),
    "51-descriptors": ("""\
static void
update_descriptor(union descriptor *table, union descriptor *entry)
{
	*table = *entry;
}
""", ["*table = *entry;\n\tpv_descriptor(table);"], []),
    "52-xen": ("""\
int
init(void)
{
	if (!xen_feature(XENFEAT_hvm_callback_vector))
		return 0;
	if (!xen_feature(XENFEAT_auto_translated_physmap))
		return 0;
	return HYPERVISOR_hvm_op(HVMOP_get_param, &p);
}
""", ["pv_hvm_op(HVMOP_get_param, &p)", "XENFEAT_auto_translated_physmap"],
               ["XENFEAT_hvm_callback_vector", "HYPERVISOR_hvm_op"]),
    "53-bios": ("""\
void
init386(paddr_t first_avail)
{
	init386_pte0();
	pmap_kenter_pa((vaddr_t)BIOSTRAMP_BASE, (paddr_t)BIOSTRAMP_BASE, VM_PROT_ALL, 0);
	memcpy((void *)BIOSTRAMP_BASE, image, size);
	pmap_kenter_pa(local_apic_va, local_apic_pa, VM_PROT_READ, 0);
}
""", ["pmap_kenter_pa(local_apic_va"], ["init386_pte0", "BIOSTRAMP_BASE"]),
}

# edit: (file, text, what is there afterwards, what is not)
EDITS = {
    "22-traps": ("sys/arch/i386/i386/i386_trap.S", """\
IDTVEC(trap01)
#ifndef XENPV
	movl	%eax,%dr6
#else
	ZTRAP(T_TRCTRAP)
#endif
IDTVEC(trap0e)
#ifndef XENPV
	movl	%cr2,%eax
#else
	TRAP(T_PAGEFLT)
#endif
IDTVEC(trap10)
calltrap:
	call	trap
""", ["ZTRAP(T_TRCTRAP)", "TRAP(T_PAGEFLT)", "IDTVEC(trap10)",
          "LABEL(pv_calltrap)\ncalltrap:"], ["%dr6", "%cr2"]),
    "41-load": ("sys/arch/x86/x86/cpu.c", """\
void
cpu_load_pmap(struct pmap *pmap, struct pmap *oldpmap)
{
	int i;

	for (i = 0; i < PDP_SIZE; i++) {
		l3_pd[i] = pmap->pm_pdirpa[i] | PTE_P;
	}
	tlbflush();
}

void
other(void)
{
	cpu_load_pmap(a, b);
}
""", ["pv_load_pmap(pmap);", "cpu_load_pmap(a, b);"], ["l3_pd", "tlbflush"]),
    "31-directories": ("sys/arch/x86/x86/pmap.c", """\
	return (void *)uvm_km_alloc(kernel_map,
	    PAGE_SIZE * PDP_SIZE, PAGE_SIZE * PDP_SIZE, flags);
	uvm_km_free(kernel_map, (vaddr_t)v, PAGE_SIZE * PDP_SIZE,
	memset(pdir, 0, PDP_SIZE * PAGE_SIZE);
void
pmap_zero_page(paddr_t pa)
{
	memset(PAGE_ALIGNED(zerova), 0, PAGE_SIZE);
}

void
pmap_copy_page(paddr_t srcpa, paddr_t dstpa)
{
	memcpy(PAGE_ALIGNED(dstva), PAGE_ALIGNED(srcva), PAGE_SIZE);
}

static void
pmap_unmap_ptp(void)
{
	pmap_pte_set(pte, 0);
}

static void
pmap_unmap_pte(void)
{
	pmap_unmap_ptp();
}
""", ["pv_zero_page(pa);", "pv_copy_page(srcpa, dstpa);", "pmap_unmap_ptp();\n",
      "PAGE_SIZE * (PDP_SIZE + 1), PAGE_SIZE * PDP_SIZE,", "v, PAGE_SIZE * (PDP_SIZE + 1),",
      "memset(pdir, 0, PDP_SIZE * PAGE_SIZE);"], ["v, PAGE_SIZE * PDP_SIZE,", "zerova",
      "srcva", "pmap_pte_set"]),
    "11-constants": ("sys/arch/i386/include/frameasm.h", """\
#ifndef _I386_FRAMEASM_H_
#define _I386_FRAMEASM_H_
#define	INTRFASTEXIT \\
	jmp	intrfastexit
""", ["#include <machine/pv.h>", "jmp\tintrfastexit"], []),
    "14-way-out-10": ("sys/arch/i386/include/frameasm.h", """\
#define	INTRFASTEXIT \\
	jmp	intrfastexit
""", ["je intrfastexit ; jmp pv_flush_and_exit"], ["jmp\tintrfastexit"]),
    "15-way-out-7": ("sys/arch/i386/include/frameasm.h", """\
#define	INTRENTRY \\
	movw	%gs,TF_GS(%esp)	; \\
	cld
#define	INTRFASTEXIT \\
	movw	TF_GS(%esp),%gs	; \\
	movl	TF_EAX(%esp),%eax	; \\
	iret
#define	DO_DEFERRED_SWITCH
""", ["movw\t%gs,TF_GS(%esp)", "#define\tINTRFASTEXIT \\\n\tcmpl $0,pv_waits ; je intrfastexit ;"],
                     ["TF_GS(%esp),%gs", "iret"]),
    "26-traps-7": ("sys/arch/i386/i386/locore.S", """\
	movl	$IPL_HIGH,CPUVAR(ILEVEL)
	movl	PCB_CR0(%ebx),%ecx
	movl	%cr0,%edx
	cmpl	CPUVAR(FPCURLWP),%edi
	je	3f
	orl	$CR0_TS,%ecx
3:	cmpl	%edx,%ecx
	je	4f
	movl	%ecx,%cr0
4:	movl	%esi,%eax
""", ["$IPL_HIGH,CPUVAR(ILEVEL)\n\tpushl\t%edi\n\tcall\t_C_LABEL(pv_switch_fpu)",
      "4:\tmovl\t%esi,%eax"], ["%cr0", "CR0_TS"]),
    "42-pmap-7": ("sys/arch/x86/x86/pmap.c", """\
static pt_entry_t *
pmap_map_ptp(struct vm_page *ptp)
{
	pmap_pte_set(ptppte, pmap_pa2pte(pa) | PG_V | PG_M | PG_RW);
	return ptpva;
}

		pdir[PDIR_SLOT_PTE + i] = pmap_pa2pte(pdirpa) | PG_V;
		pdir[PDIR_SLOT_PTE + i] |= PG_KW;
static void
pmap_pdp_dtor(void *arg, void *v)
{
}
			pdep[i] = pte;
""", ["pv_window(ptpva, pmap_pa2pte(VM_PAGE_TO_PHYS(ptp))", "= pmap_pa2pte(pdirpa) | PG_V;",
      "{\n\tpv_unpin(v);\n}", "pmap_pte_set(&pdep[i], pte);"],
                  ["PG_RW", "|= PG_KW", "pdep[i] = pte"]),
    "54-machine": ("sys/arch/x86/include/bus_private.h", """\
#if !defined(_BUS_PHYS_TO_BUS)
#define _BUS_PHYS_TO_BUS(pa)	((bus_addr_t)(pa))
#endif
#define _BUS_BUS_TO_PHYS(ba)	((paddr_t)(ba))
#define	_BUS_BUS_TO_VM_PAGE(ba)	PHYS_TO_VM_PAGE(ba)
#define _BUS_PMAP_ENTER(pmap, va, ba, prot, flags) \\
    pmap_enter(pmap, va, ba, prot, flags)
""", ["((bus_addr_t)(pv_ma(pa) | ((pa) & PAGE_MASK)))", "pv_pa(ba) | ((ba) & PAGE_MASK)",
      "PHYS_TO_VM_PAGE(_BUS_BUS_TO_PHYS(ba))", "va, _BUS_BUS_TO_PHYS(ba), prot"],
                   ["((bus_addr_t)(pa))", "((paddr_t)(ba))", "va, ba, prot, flags)\n"]),
    "16-system-calls-10": ("sys/arch/i386/i386/locore.S", """\
IDTVEC(syscall)
	pushl	$T_ASTFLT
	INTRENTRY
	STI(%eax)
	call	*P_MD_SYSCALL(%edx)
	STI(%eax)
""", ["INTRENTRY\n\tcall\t*P_MD_SYSCALL(%edx)\n\tSTI(%eax)"], ["INTRENTRY\n\tSTI"]),
    "21-switch": ("sys/arch/i386/i386/locore.S", """\
ENTRY(cpu_switchto)
	movl	PCB_ESP0(%ebx),%eax
	movl	%eax,TSS_ESP0(%ecx)
	/* Restore thread-private %fs/%gs descriptors. */
	movl	%edx,(GUGS_SEL*8+4)(%ecx)
	popl	%ebx
END(cpu_switchto)
""", ["call\t_C_LABEL(pv_switch)", "popl\t%ebx"], ["TSS_ESP0", "GUGS_SEL"]),
    "25-patched-bytes": ("sys/arch/i386/include/frameasm.h", """\
#define HP_NAME_NOLOCK		3
#define SMAP_ENABLE \\
	HOTPATCH(HP_NAME_CLAC, 3)		; \\
	.byte 0x90, 0x90, 0x90

#define SMAP_DISABLE \\
	HOTPATCH(HP_NAME_STAC, 3)		; \\
	.byte 0x90, 0x90, 0x90
""", [".byte 0x8d, 0x76, 0x00\n\n#define SMAP_DISABLE"], ["0x90"]),
}


Steps = portsteps.steps(__name__, "netbsd-port", RULES, EDITS)


if __name__ == "__main__":
    unittest.main()
