/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder and of bsd/. */
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

#define	PV_PTE(va)	(PTE_BASE[pl1_i(va)])
#define	PV_TABLES	64

#include <bsd/bsd.h>

vaddr_t	pv_start(start_info_t *);
void	pv_switch(struct pcb *);

extern paddr_t pv_cr3_pa;	/* the root that is loaded */

#endif
