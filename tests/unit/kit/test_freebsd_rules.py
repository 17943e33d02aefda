# SPDX-License-Identifier: MIT
"""freebsd-port's rules on small sources of our own in the style of that kernel: return types on
lines of their own, __asm __volatile, page-table entries written in every way there is. What a rule
must change is named, and what it must leave alone; a kernel's tree is not needed."""

import unittest

import portsteps

# rule: (source, what is there afterwards, what is not)
RULES = {
    "30-interrupt-flag": ("""\
static __inline void
disable_intr(void)
{
	__asm __volatile("cli" : : : "memory");
}

static __inline u_int
read_eflags(void)
{
	u_int ef;

	__asm __volatile("pushfl; popl %0" : "=r" (ef));
	return (ef);
}

static __inline void
write_eflags(u_int ef)
{
	__asm __volatile("pushl %0; popfl" : : "r" (ef));
}

static __inline void
ia32_pause(void)
{
	__asm __volatile("pause");
}
""", ["pv_disable_intr();", "pv_intr_enabled() ? PSL_I : 0", "if (ef & PSL_I)", '"pause"'],
                          ["cli", "popfl"]),
    "31-control-registers": ("""\
static __inline u_int
rcr2(void)
{
	u_int data;

	__asm __volatile("movl %%cr2,%0" : "=r" (data));
	return (data);
}

static __inline void
load_cr3(u_int data)
{
	__asm __volatile("movl %0,%%cr3" : : "r" (data) : "memory");
}
""", ["return (pv_fault_address());", "pv_load_cr3(data);"], ["%%cr"]),
    "37-wide-atomics": ("""\
static __inline uint64_t
swap_wide(volatile uint64_t *p, uint64_t v)
{

	if ((cpu_feature & CPUID_CX8) == 0)
		return (swap_wide_i386(p, v));
	else
		return (swap_wide_i586(p, v));
}
""", ["return (swap_wide_i586(p, v));"], ["swap_wide_i386", "CPUID_CX8"]),
    "40-entries": ("""\
struct maps {
	pt_entry_t *CMAP2;
};
pt_entry_t *PMAP1;

void
enter(pmap_t pmap, struct maps *sysmaps, pt_entry_t *pte, int *count, u_int i)
{

	*count = 1;
	*pte = 0;
	*pte = *head;
	*sysmaps->CMAP2 = i | PG_V;
	*PMAP1 = i | PG_V;
	pmap->pm_pdir[i] = 0;
	pmap->pm_pdir[i] = i | PG_U;
	atomic_clear_int((u_int *)pte, PG_A);
	atomic_clear_int(&wire_count, 1);
	while (!atomic_cmpset_int((u_int *)pte, i, i & ~PG_RW))
		;
}
""", ["*count = 1;", "pte_store(pte, 0);", "pv_pte_later(sysmaps->CMAP2, i | PG_V);",
      "pv_pte_now(pte, *head);", "pv_pte_later(PMAP1, i | PG_V);",
      "pte_store(&pmap->pm_pdir[i], 0);", "pv_pte_now(&pmap->pm_pdir[i], i | PG_U);",
      "pv_pte_clear_bits(pte, PG_A);", "atomic_clear_int(&wire_count, 1);",
      "pv_pte_cmpset(pte, i, i & ~PG_RW)"], ["*pte =", "(u_int *)"]),
    "41-table-windows": ("""\
void
window(pd_entry_t frame)
{

	*PMAP1 = frame | PG_RW | PG_V | PG_A | PG_M;
	*CMAP2 = PG_V | PG_RW | frame | PG_A | PG_M;
}
""", ["frame | PG_V | PG_A;", "PG_V | PG_RW | frame"], ["frame | PG_RW"]),
    "44-address-spaces": ("""\
typedef uint64_t pd_entry_t;

int
pmap_pinit(pmap_t pmap)
{
	vm_paddr_t pa;
	int i;

	for (i = 0; i < NPGPTD;) {
		ptdpg[i++] = take_page();
	}
	bcopy(PTD + KPTDI, pmap->pm_pdir + KPTDI, nkpt * sizeof(pd_entry_t));
	for (i = 0; i < NPGPTD; i++) {
		pa = VM_PAGE_TO_PHYS(ptdpg[i]);
		pmap->pm_pdir[PTDPTDI + i] = pa | PG_V;
	}
	return (1);
}

void
pmap_release(pmap_t pmap)
{

	mtx_lock_spin(&allpmaps_lock);
	LIST_REMOVE(pmap, pm_list);
	mtx_unlock_spin(&allpmaps_lock);
}
""", ["if (pv_kept(pmap))\n\t\treturn (1);\n\tfor (i = 0; i < NPGPTD;) {",
      "bcopy(kernel_pmap->pm_pdir + KPTDI", "pv_pin(pmap->pm_pdir, pmap->pm_pdpt);",
      "if (pv_keep(pmap))\n\t\treturn;\n\tmtx_lock_spin(&allpmaps_lock);"], ["PTDPTDI"]),
    "45-batches": ("""\
void
pmap_remove(pmap_t pmap, vm_offset_t sva, vm_offset_t eva)
{

	rw_wlock(&pvh_global_lock);
	if (eva == sva)
		goto out;
	rw_wlock(&other_lock);
out:
	rw_wunlock(&pvh_global_lock);
}

void
pmap_other(pmap_t pmap)
{

	rw_wlock(&pvh_global_lock);
}

void
pmap_zero_page(vm_page_t m)
{

	if (*sysmaps->CMAP2)
		panic("busy");
	invlcaddr(sysmaps->CADDR1);
	invlcaddr(sysmaps->CADDR2);
}

void
pmap_invalidate_range(pmap_t pmap, vm_offset_t sva, vm_offset_t eva)
{
	vm_offset_t addr;

	for (addr = sva; addr < eva; addr += PAGE_SIZE)
		invlpg(addr);
}

int
vm_fault_hold(vm_map_t map)
{

	if (map) {
		result = pmap_enter(map, va, prot);
		if (result != KERN_SUCCESS)
			goto fast_failed;
		count++;
		if (!wired)
			vm_fault_prefault(&fs, va);
		return (KERN_SUCCESS);
	}
fast_failed:
	return (1);
}
""", ["rw_wlock(&pvh_global_lock);\n\tpv_batch_begin();\n\tif",
      "out:\n\tpv_batch_end();\n\trw_wunlock(&pvh_global_lock);", "rw_wlock(&other_lock);\nout",
      "rw_wlock(&pvh_global_lock);\n}", "pv_invlpg_later((u_int)sysmaps->CADDR1);",
      "invlcaddr(sysmaps->CADDR2);", "pv_invlpg_range(sva, eva);",
      "pv_batch_begin();\n\t\tresult = pmap_enter(map, va, prot);",
      "{\n\t\t\tpv_batch_end();\n\t\t\tgoto fast_failed;",
      "vm_fault_prefault(&fs, va);\n\t\tpv_batch_end();"],
     ["panic", "invlcaddr(sysmaps->CADDR1)", "invlpg(addr)"]),
    "52-segments": ("""\
int
sysarch(struct thread *td)
{

	error = i386_set_ldt(td, &largs, NULL);
	PCPU_GET(fsgs_gdt)[1] = sd;
	return (error);
}
""", ["error = EOPNOTSUPP;", "pv_update_fsgs(1, &sd);"], ["i386_set_ldt", "PCPU_GET"]),
    "53-halt-and-reset": ("""\
void
acpi_cpu_c1(void)
{

	__asm __volatile("sti; hlt");
}
""", ["pv_block();"], ["hlt"]),
}

# edit: (file, text, what is there afterwards, what is not)
EDITS = {
    "21-exception": ("sys/i386/i386/exception.s", """\
#include "assym.s"
#define	SEL_RPL_MASK	0x0003
IDTVEC(lcall_syscall)
	pushfl
	jmp	doreti
#include <i386/i386/vm86bios.s>
	iret
""", ["#include <machine/pv.h>", "0x0002", "i386/pv/exception.s", "\tiret"],
     ["pushfl", "vm86bios"]),
    "23-support": ("sys/i386/i386/support.s", "\tmovl\t4(%esp),%eax\n\tlgdt\t(%eax)\n\tlret\n",
                   ["call\tpv_lgdt", "\tlret"], ["lgdt\t(%eax)"]),
}


Steps = portsteps.steps(__name__, "freebsd-port", RULES, EDITS)


if __name__ == "__main__":
    unittest.main()
