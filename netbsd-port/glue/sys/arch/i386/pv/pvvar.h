/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder and of bsd/. */
#ifndef _I386_PV_PVVAR_H_
#define _I386_PV_PVVAR_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpu.h>

#include <uvm/uvm_extern.h>

#include <machine/cpufunc.h>
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

typedef __typeof__(rcr2()) cpureg_t;	/* what the tree takes a register for */

/* Of pv_pvh.c or pv_native.c, which of them is the tree's. */
void	pv_platform(start_info_t *);	/* the kernel's words for what kind of machine this is */
void	*pv_local_table(void);		/* the default local descriptor table, a page */

vaddr_t	pv_start(start_info_t *);
void	pv_switch(struct pcb *);

extern unsigned int pv_clock_port;
extern paddr_t pv_cr3_pa;	/* the root that is loaded */

#endif
