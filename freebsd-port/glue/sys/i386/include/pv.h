/* SPDX-License-Identifier: MIT */
/*
 * What takes the place of privileged instructions. <machine/cpufunc.h> includes this file and its
 * inlines call what is declared here, so that nothing else in the kernel changes its words.
 */
#ifndef _MACHINE_PV_H_
#define _MACHINE_PV_H_

#include <bsd/event.h>

#ifdef LOCORE
#define	pv_event Xxen_intr_upcall	/* what an event does */
#else

struct region_descriptor;
struct segment_descriptor;
struct pcb;
struct pmap;

extern u_int pv_cr0, pv_cr3, pv_cr4;

u_int	pv_fault_address(void);
void	pv_load_cr0(u_int cr0);
void	pv_load_cr3(u_int cr3);
void	pv_invltlb(void);
void	pv_invlpg(u_int va);
void	pv_block(void);
void	pv_cpuid(u_int leaf, u_int subleaf, u_int *regs);
void	pv_lidt(struct region_descriptor *r);
void	pv_lldt(u_short sel);
void	pv_set_dr(int reg, u_int value);
u_int	pv_get_dr(int reg);

/* The rest is for the few files that know what a hypervisor is. */
uint64_t pv_pte_load_store(volatile void *pte, uint64_t value);
void	pv_pte_store(volatile void *pte, uint64_t value);
void	pv_pte_clear_bits(volatile void *pte, u_int bits);
void	pv_pte_set_bits(volatile void *pte, u_int bits);
void	pv_pte_later(volatile void *pte, uint64_t value);
void	pv_pte_now(volatile void *pte, uint64_t value);
void	pv_batch_begin(void);
void	pv_batch_end(void);
void	pv_invlpg_later(u_int va);
void	pv_invlpg_range(u_int start, u_int end);
extern char pv_exit[];
void	pv_pin(uint64_t *pdir, uint64_t *pdpt);
void	pv_unpin(uint64_t *pdpt);
int	pv_keep(struct pmap *pmap);
int	pv_kept(struct pmap *pmap);
int	pv_pte_cmpset(volatile void *pte, uint64_t old, uint64_t value);
void	pv_update_fsgs(int which, struct segment_descriptor *sd);
void	pv_first_stack(struct pcb *pcb);
int	pv_map_grants(char *at, u_int n);
void	pv_reset(void);
void	pv_getmemsize(u_int first);
uint64_t pv_tsc_hz(void);
void	xen_clock_init(void);
void	xen_delay(int usec);

#endif /* !LOCORE */
#endif /* !_MACHINE_PV_H_ */
