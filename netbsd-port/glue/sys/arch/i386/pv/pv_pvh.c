/* SPDX-License-Identifier: MIT */
/*
 * when: sys/arch/i386/include/frameasm.h has /intrfastexit/
 *
 * A kernel that knows HVM guests: it takes itself for one without hardware, uses Xen's drivers, and
 * what those ask of Xen's HVM interface is answered here.
 */
#include "pvvar.h"

#include <x86/machdep.h>

#include <xen/include/public/hvm/hvm_op.h>
#include <xen/include/public/hvm/params.h>

extern void xen_delay(unsigned int);
extern void (*delay_func)(unsigned int);
extern void (*x86_initclock_func)(void);
void	xen_initclocks(void);

void
pv_platform(start_info_t *si)
{

	memcpy(&xen_start_info, si, sizeof(xen_start_info));
	vm_guest = VM_GUEST_XENPVH;	/* no hardware, Xen's drivers */
	delay_func = x86_delay = xen_delay;
	x86_initclock_func = xen_initclocks;
}

void *
pv_local_table(void)
{

	return ldtstore;
}

/*
 * TS is a variable. The kernel sets it to be told of a slip, the FPU's state is the program's whenever
 * a program runs, and the hypervisor keeps guests' states apart by itself: no call for it.
 */
void
pv_set_ts(int on)
{

	pv_cr0 = on ? pv_cr0 | CR0_TS : pv_cr0 & ~CR0_TS;
}

/* A first domain has no store yet: an empty page is mapped where it would be. */
static uint64_t
store_frame(void)
{
	static char none[PAGE_SIZE] __aligned(PAGE_SIZE);

	if (xen_start_info.store_mfn == 0)
		return ((vaddr_t)none - KERNBASE) >> PAGE_SHIFT;
	return pv_pa(ptoa((uint64_t)xen_start_info.store_mfn)) >> PAGE_SHIFT;
}

/* Xen's drivers ask for their pages and ports as a fully virtualized guest's do. */
int
pv_hvm_op(int op, void *arg)
{
	struct xen_hvm_param *p = arg;

	if (op == HVMOP_set_param)
		return 0;
	if (op != HVMOP_get_param)
		return -1;
	switch (p->index) {
	case HVM_PARAM_STORE_PFN:
		p->value = store_frame();
		return 0;
	case HVM_PARAM_STORE_EVTCHN:
		p->value = xen_start_info.store_evtchn;
		return 0;
	case HVM_PARAM_CONSOLE_PFN:
		if (xendomain_is_dom0())
			return -1;
		p->value = pv_pa(ptoa((uint64_t)xen_start_info.console.domU.mfn)) >> PAGE_SHIFT;
		return 0;
	case HVM_PARAM_CONSOLE_EVTCHN:
		p->value = xen_start_info.console.domU.evtchn;
		return 0;
	default:
		return -1;
	}
}
