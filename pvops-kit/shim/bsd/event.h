/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_BSD_EVENT_H
#define RINGONE_BSD_EVENT_H

/*
 * The interrupt flag of a BSD in ring 1 is the event mask of the shared page. A port's <machine/pv.h>
 * includes this file, for C and for assembly; what includes that keeps its words.
 *
 * The shared page begins with this processor's vcpu_info:
 *
 *	byte 0	evtchn_upcall_pending	an event waits
 *	byte 1	evtchn_upcall_mask	... and must go on waiting
 */
#define PV_PENDING 0
#define PV_MASK    1

#ifdef __ASSEMBLER__
/* clang-format off */

/* The instructions about the flag; %ss is flat even where a program has left nothing usable in %ds. */
#define cli	movb $1,%ss:pv_shared+PV_MASK
#define sti	movb $0,%ss:pv_shared+PV_MASK ; testb $0xff,%ss:pv_shared+PV_PENDING ; \
		jz 8701f ; call pv_take_events ; 8701:
#define iret	jmp pv_iret

/* clang-format on */
#else

extern char pv_shared[];      /* ordinary zeroed memory until pv_begin() maps the page */
extern unsigned int pv_waits; /* not 0: something waits in the queue (pv_queue.c) */

void pv_force_upcall(void);
void pv_flush_waiting(void);

static __inline void pv_disable_intr(void)
{
	((volatile char *)pv_shared)[PV_MASK] = 1;
	__asm__ volatile("" ::: "memory");
}

/* What came while the mask was set announces itself again only when asked to. */
static __inline void pv_enable_intr(void)
{
	__asm__ volatile("" ::: "memory");
	((volatile char *)pv_shared)[PV_MASK] = 0;
	if (((volatile char *)pv_shared)[PV_PENDING])
		pv_force_upcall();
}

static __inline int pv_intr_enabled(void)
{
	return !((volatile char *)pv_shared)[PV_MASK];
}

static __inline char pv_mask_events(void)
{
	char old = ((volatile char *)pv_shared)[PV_MASK];

	pv_disable_intr();
	return old;
}

static __inline void pv_unmask_events(char old)
{
	if (!old)
		pv_enable_intr();
}

static __inline void pv_flush(void)
{
	if (pv_waits != 0)
		pv_flush_waiting();
}

#endif /* !__ASSEMBLER__ */
#endif
