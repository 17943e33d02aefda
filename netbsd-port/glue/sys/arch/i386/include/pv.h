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

extern unsigned long *pv_p2m;	/* the machine frame of each frame of ours */
extern unsigned long *pv_m2p;	/* and the other way, for the whole machine */
extern unsigned long pv_frames;	/* how many are ours */
extern unsigned int pv_depth;	/* batches that are open */
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
void	pv_consinit(void);
void	pv_clock_attach(void);
void	pv_delay(unsigned int);
void	pv_end(bool) __attribute__((noreturn));
void	pv_batch_end(void);
void	pv_window(vaddr_t, uint64_t);
void	pv_zero_page(paddr_t);
void	pv_copy_page(paddr_t, paddr_t);
void	pv_pte_set(volatile uint64_t *, uint64_t);
uint64_t pv_pte_enter(volatile uint64_t *, uint64_t);
uint64_t pv_pte_swap(volatile uint64_t *, uint64_t);
uint64_t pv_pte_cas(volatile uint64_t *, uint64_t, uint64_t);

int	pv_queued(volatile void *);

/* Frames that are not the domain's stay as they are: the machine's, of a first domain. */
static __inline uint64_t
pv_ma(uint64_t pa)
{
	unsigned long pfn = pa >> 12;

	return (uint64_t)(pfn < pv_frames ? pv_p2m[pfn] : pfn) << 12;
}

/* @ma may be an entry. */
static __inline uint64_t
pv_pa(uint64_t ma)
{

	return (uint64_t)pv_m2p[(unsigned long)(ma >> 12)] << 12;
}

static __inline uint64_t
pv_pte_read(volatile uint64_t *pte)
{

	if (pv_waits != 0 && pv_queued(pte))
		pv_flush_waiting();
	return *pte;
}

static __inline void
pv_batch_begin(void)
{

	pv_depth++;
}

#endif /* !__ASSEMBLER__ */
#endif /* !_I386_PV_H_ */
