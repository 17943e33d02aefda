/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder only. */
#ifndef _I386_PV_PVVAR_H_
#define _I386_PV_PVVAR_H_

#include "opt_pmap.h"	/* NKPT */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/proc.h>

#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>

#include <machine/md_var.h>
#include <machine/pcb.h>
#include <machine/segments.h>
#include <machine/specialreg.h>
#include <machine/pv.h>

#include <xen/xen-os.h>
#include <xen/hypervisor.h>

/* An answer that leaves no way on. */
#define	PV_MUST(what, call) do {						\
	long _rc = (call);							\
	if (_rc != 0)								\
		pv_die(what, _rc);						\
} while (0)

void	pv_die(const char *what, long rc) __dead2;
void	pv_readonly(void *va, int readonly);
void	pv_identify(void);
void	pv_bootinfo(start_info_t *si);
vm_paddr_t pv_machine(u_int pfn);

/* pv_queue.c */
void	pv_queue_update(uint64_t entry, uint64_t value);
void	pv_queue_mmuext(u_int cmd, u_long arg);
void	pv_queue_call(u_long number, u_long a, u_long b, u_long c, u_long d);
int	pv_batching(void);
void	pv_flush(void);

extern uint32_t pv_features;		/* RINGONE_FEATURE_* */
extern u_int pv_cr2;
extern vm_paddr_t pv_kpt;
extern u_int pv_next_pfn, pv_old_first, pv_old_end;

#endif
