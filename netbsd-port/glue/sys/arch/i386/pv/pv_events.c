/* SPDX-License-Identifier: MIT */
/*
 * when: sys/arch/i386/include/frameasm.h lacks /intrfastexit/
 *
 * Events as interrupts of a controller: each port that has a handler is a pin, and what came is put
 * off as an interrupt is whose level is masked. The tree's drivers of Xen's devices know the words.
 */
#include "pvvar.h"

#include <sys/intr.h>
#include <sys/kmem.h>

#include <machine/i82093var.h>

#include <xen/evtchn.h>

#define	BITS	(sizeof(unsigned long) * NBBY)
#define	PORTS	256

unsigned int pv_clock_port;
static struct intrhand *handler[PORTS];
void	pv_put_off_events(void);

static void
nothing(struct pic *pic, int pin)
{
}

static void
no_route(struct pic *pic, struct cpu_info *ci, int pin, int vector, int type)
{
}

static struct pic pv_pic = {
	.pic_name = "event",
	.pic_type = PIC_IOAPIC,
	.pic_lock = __SIMPLELOCK_UNLOCKED,
	.pic_hwmask = nothing,
	.pic_hwunmask = nothing,
	.pic_addroute = no_route,
	.pic_delroute = no_route,
	.pic_level_stubs = ioapic_edge_stubs,
	.pic_edge_stubs = ioapic_edge_stubs,
};

/* What waits becomes pending interrupts. Events are masked. */
void
pv_put_off_events(void)
{
	volatile shared_info_t *s = HYPERVISOR_shared_info;
	volatile vcpu_info_t *v = &s->vcpu_info[0];
	struct cpu_info *ci = curcpu();
	unsigned long words, bits, word, bit;
	unsigned int port;

	while (v->evtchn_upcall_pending != 0) {
		v->evtchn_upcall_pending = 0;
		words = xen_atomic_xchg(&v->evtchn_pending_sel, 0);
		for (; words != 0; words &= words - 1) {
			word = ffs(words) - 1;
			bits = s->evtchn_pending[word] & ~s->evtchn_mask[word];
			for (; bits != 0; bits &= bits - 1) {
				bit = ffs(bits) - 1;
				port = word * BITS + bit;
				xen_atomic_clearbits_l(&s->evtchn_pending[word], 1ul << bit);
				if (port == pv_clock_port)
					ci->ci_ipending |= 1 << LIR_TIMER;
				else if (port < PORTS && handler[port] != NULL)
					ci->ci_ipending |= 1 << handler[port]->ih_slot;
			}
		}
	}
}

int
event_set_handler(int port, int (*fun)(void *), void *arg, int level, const char *name)
{

	if (port < 0 || port >= PORTS)
		return ENOENT;
	handler[port] = intr_establish(-1, &pv_pic, port, IST_EDGE, level, fun, arg, false);
	return handler[port] == NULL ? ENOMEM : 0;
}

int
event_remove_handler(int port, int (*fun)(void *), void *arg)
{
	struct intrhand *ih;

	if (port < 0 || port >= PORTS || (ih = handler[port]) == NULL)
		return ENOENT;
	handler[port] = NULL;
	intr_disestablish(ih);
	return 0;
}

int
bind_virq_to_evtch(int virq)
{
	evtchn_op_t op = { .cmd = EVTCHNOP_bind_virq };

	op.u.bind_virq.virq = virq;
	PV_MUST("a virtual interrupt", HYPERVISOR_event_channel_op(&op));
	return op.u.bind_virq.port;
}

void
hypervisor_mask_event(unsigned int port)
{

	xen_atomic_setbits_l(&HYPERVISOR_shared_info->evtchn_mask[port / BITS], 1ul << port % BITS);
}

/* What came meanwhile announces itself again by the call. */
void
hypervisor_enable_event(unsigned int port)
{
	evtchn_op_t op = { .cmd = EVTCHNOP_unmask };

	op.u.unmask.port = port;
	PV_MUST("an event", HYPERVISOR_event_channel_op(&op));
}
