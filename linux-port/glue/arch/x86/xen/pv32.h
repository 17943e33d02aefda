/* SPDX-License-Identifier: MIT */
/* What the i386 half of arch/x86/xen offers to the files it stands beside. */
#ifndef PV32_H
#define PV32_H

#include <asm/desc_defs.h>

struct mmu_update;
struct trap_info;

/*
 * Before the first fixmap: finds out what the hypervisor offers, reserves its hole and hides what would
 * enter the kernel past it.
 */
void xen_pv32_first_steps(void);

/*
 * Fills @info for set_trap_table from the gate @val of @vector. Returns 0 for what is not an
 * interrupt or trap gate, 1 otherwise.
 */
int cvt_gate_to_trap(int vector, const gate_desc *val, struct trap_info *info);

/* Of mmu_pv.c, for multicalls-pv32.h. */
void xen_set_pte(pte_t *ptep, pte_t pte);

/* multicalls-pv32.h; one call loads page table and stack, or stores neighbouring entries. */
extern bool pv32_switch_call, pv32_runs;
void pv32_set_pte(pte_t *ptep, pte_t pte);
bool pv32_first_element(pte_t *ptep, const struct mmu_update *u);
void pv32_stack_switch(unsigned long sp0);

#endif
