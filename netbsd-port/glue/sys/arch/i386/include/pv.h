/* SPDX-License-Identifier: MIT */
/*
 * What takes the place of privileged instructions. <machine/frameasm.h> includes this file for
 * assembly, <machine/cpufunc.h> for C: the rest of the kernel keeps its words.
 */
#ifndef _I386_PV_H_
#define _I386_PV_H_

/* Offsets in the shared page, which begins with this processor's vcpu_info. */
#define	PV_PENDING	0	/* an event waits */
#define	PV_MASK		1	/* ... and must go on waiting */
#define	PV_STACK	8192	/* bytes of the stack that pv_start() runs on */

#ifdef __ASSEMBLER__
/* The instructions about the interrupt flag; %ss is flat wherever the kernel runs. */
#define	cli	movb $1,%ss:pv_shared+PV_MASK
#define	sti	call pv_sti
#define	pushf	pushl $0 ; call pv_pushf
#define	pushfl	pushl $0 ; call pv_pushf
#define	popf	call pv_popf
#define	popfl	call pv_popf
#define	iret	jmp pv_iret
#else

#include <sys/types.h>

/* The page shared with the hypervisor; ordinary zeroed memory until pv_start() maps it. */
extern char pv_shared[];
extern unsigned long *pv_p2m;	/* machine frame of each frame of ours */
extern unsigned long pv_frames;	/* how many those are */
extern register_t pv_cr0, pv_cr4;
extern unsigned int pv_waits;	/* not 0: something waits for the hypervisor */

struct pmap;
struct pcb;
union descriptor;

void	pv_force_upcall(void);
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
void	pv_flush_waiting(void);
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

static __inline void
pv_disable_intr(void)
{

	((volatile char *)pv_shared)[PV_MASK] = 1;
	__asm volatile("" ::: "memory");
}

/* What came while the mask was set announces itself again only when asked to. */
static __inline void
pv_enable_intr(void)
{

	__asm volatile("" ::: "memory");
	((volatile char *)pv_shared)[PV_MASK] = 0;
	if (((volatile char *)pv_shared)[PV_PENDING])
		pv_force_upcall();
}

static __inline void
pv_flush(void)
{

	if (pv_waits != 0)
		pv_flush_waiting();
}

#endif /* !__ASSEMBLER__ */
#endif /* !_I386_PV_H_ */
