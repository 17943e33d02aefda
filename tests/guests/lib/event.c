/* SPDX-License-Identifier: MIT */
/* Events: one counter a port. */
#include "event.h"
#include "internal.h"

volatile unsigned int event_count[1024];
volatile unsigned int upcalls;
void (*event_hook)(evtchn_port_t port);
void (*event_loop)(void);

void event_take(evtchn_port_t port)
{
	event_count[port]++;
	if (event_hook)
		event_hook(port);
}

void guest_event(struct ringone_frame *f)
{
	(void)f;
	upcalls++;
	if (event_loop)
		event_loop();
	else
		ringone_event_loop(shared_info, vcpu, event_take);
}

void events_off(void)
{
	*(volatile uint8_t *)&vcpu->evtchn_upcall_mask = 1;
}

void events_on(void)
{
	*(volatile uint8_t *)&vcpu->evtchn_upcall_mask = 0;
	asm volatile("" : : : "memory");
	/* Unmasking is a plain store; what came before it is asked for by any hypercall. */
	if (*(volatile uint8_t *)&vcpu->evtchn_upcall_pending)
		ringone_xen_version(XENVER_version, NULL);
}

void port_mask(evtchn_port_t port)
{
	ringone_port_set(shared_info->evtchn_mask, port);
}

void port_unmask(evtchn_port_t port)
{
	ringone_port_clear(shared_info->evtchn_mask, port);
}

int port_pending(evtchn_port_t port)
{
	return *(volatile xen_ulong_t *)&shared_info->evtchn_pending[port / 32] >> port % 32 & 1;
}

int bind_virq(unsigned int virq)
{
	struct evtchn_bind_virq b = { .virq = virq };
	long ret = ringone_event_channel_op(EVTCHNOP_bind_virq, &b);

	return ret ? ret : (long)b.port;
}

int bind_ipi(void)
{
	struct evtchn_bind_ipi b = { .vcpu = 0 };
	long ret = ringone_event_channel_op(EVTCHNOP_bind_ipi, &b);

	return ret ? ret : (long)b.port;
}

int port_send(evtchn_port_t port)
{
	struct evtchn_send s = { .port = port };

	return ringone_event_channel_op(EVTCHNOP_send, &s);
}

int port_close(evtchn_port_t port)
{
	struct evtchn_close c = { .port = port };

	return ringone_event_channel_op(EVTCHNOP_close, &c);
}

uint64_t now_ns(void)
{
	return ringone_clock_ns(&vcpu->time);
}

int event_wait(evtchn_port_t port, unsigned int before, unsigned int ms)
{
	struct patience p = patience(ms);

	while (event_count[port] <= before)
		if (!patient(&p))
			return 0;
	return 1;
}
