/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder only. */
#ifndef _I386_PV_PVVAR_H_
#define _I386_PV_PVVAR_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>

#include <uvm/uvm_extern.h>

#include <machine/pv.h>
#include <machine/pmap.h>
#include <machine/pmap_private.h>
#include <machine/segments.h>
#include <machine/specialreg.h>
#include <machine/vmparam.h>

#include <xen/xen.h>
#include <xen/hypervisor.h>

/* An answer that leaves no way on. */
#define	PV_MUST(what, call) do {						\
	long _rc = (call);							\
	if (_rc != 0)								\
		pv_die(what, _rc);						\
} while (0)

void	pv_die(const char *, long) __dead;
long	pv_update_va(vaddr_t, uint64_t);
vaddr_t	pv_start(start_info_t *);
void	pv_segments(struct pcb *);
void	pv_queue_update(volatile uint64_t *, uint64_t, uint64_t);
void	pv_queue_page(unsigned int, unsigned long, unsigned long);
void	pv_queue_root(unsigned long);
bool	pv_queued(volatile uint64_t *);
bool	pv_batching(void);
void	pv_switch(struct pcb *);

/* Events wait while the queue changes. */
static __inline char
pv_mask_events(void)
{
	char old = ((volatile char *)pv_shared)[PV_MASK];

	pv_disable_intr();
	return old;
}

static __inline void
pv_unmask_events(char old)
{

	if (!old)
		pv_enable_intr();
}

extern register_t pv_cr2;
extern uint32_t pv_features;	/* RINGONE_FEATURE_* */
extern paddr_t pv_cr3_pa;	/* the root that is loaded */

#endif
