/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder and of bsd/. */
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

#define	PV_PTE(va)	(*vtopte(va))
#define	PV_TABLES	NKPT

#include <bsd/bsd.h>

void	pv_identify(void);
void	pv_bootinfo(start_info_t *si);

/* Operations on tables and on the TLB that go with whatever goes next, or with their batch. */
int	pv_batching(void);

extern vm_paddr_t pv_kpt;

#endif
