/* SPDX-License-Identifier: MIT */
/*
 * What takes the place of privileged instructions. <machine/frameasm.h> includes this file for
 * assembly, <machine/cpufunc.h> for C: the rest of the kernel keeps its words.
 */
#ifndef _I386_PV_H_
#define _I386_PV_H_

#include <bsd/event.h>

#define	PV_STACK	8192	/* bytes of the stack that pv_start() runs on */

#ifdef __ASSEMBLER__
#define	pv_event hypervisor_callback	/* what an event does */
#define	pushf	pushl $0 ; call pv_pushf
#define	pushfl	pushl $0 ; call pv_pushf
#define	popf	call pv_popf
#define	popfl	call pv_popf
#else

#include <sys/types.h>

extern register_t pv_cr0, pv_cr4;

struct pmap;
struct pcb;
union descriptor;

void	pv_cpuid(uint32_t, uint32_t, uint32_t *);
void	pv_set_ts(int);
int	pv_hvm_op(int, void *);
void	pv_load_pmap(struct pmap *);
void	pv_pin(uint64_t *);
void	pv_unpin(uint64_t *);
void	pv_copy_entries(uint64_t *, const uint64_t *, size_t);
void	pv_descriptor(union descriptor *);
void	pv_add_memory(void);
void	pv_batch_begin(void);
void	pv_batch_end(void);
void	pv_window(vaddr_t, uint64_t);
void	pv_zero_page(paddr_t);
void	pv_copy_page(paddr_t, paddr_t);
void	pv_pte_set(volatile uint64_t *, uint64_t);
uint64_t pv_pte_enter(volatile uint64_t *, uint64_t);
uint64_t pv_pte_read(volatile uint64_t *);
uint64_t pv_pte_swap(volatile uint64_t *, uint64_t);
uint64_t pv_pte_cas(volatile uint64_t *, uint64_t, uint64_t);
uint64_t pv_ma(uint64_t);
uint64_t pv_pa(uint64_t);

#endif /* !__ASSEMBLER__ */
#endif /* !_I386_PV_H_ */
