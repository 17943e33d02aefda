/* SPDX-License-Identifier: MIT */
/* Calls about everything else: events, time, scheduling, the machine. */
#include "fuzz.h"

#include <xen/platform.h>

static uint32_t pick_port(void)
{
	return one_in(6) ? pick_number() : one_in(4) ? below(1100) : below(16);
}

static void make_event(struct call *c)
{
	uint32_t cmd = one_in(10) ? pick_number() : below(15), *w = room(32);

	switch (cmd) {
	case EVTCHNOP_bind_interdomain:
	case EVTCHNOP_alloc_unbound: {
		struct evtchn_alloc_unbound *a = (void *)w;

		a->dom = pick_domid();
		a->remote_dom = pick_domid();
		if (cmd == EVTCHNOP_bind_interdomain)
			w[1] = pick_port();
		break;
	}
	case EVTCHNOP_bind_virq:
		w[0] = one_in(4) ? pick_number() : below(24);
		w[1] = one_in(2) ? 0 : pick_number();
		break;
	case EVTCHNOP_bind_pirq:
	case EVTCHNOP_bind_ipi:
		w[0] = pick_number();
		w[1] = pick_number();
		break;
	case EVTCHNOP_init_control: /* this guest takes its events from the bitmaps */
		if (!in_child && !one_in(8)) {
			cmd = EVTCHNOP_set_priority;
			break;
		}
		*(uint64_t *)w = pick_mfn();
		w[2] = one_in(3) ? pick_number() : below(60) * 64;
		w[3] = one_in(3) ? pick_number() : below(3);
		break;
	case EVTCHNOP_expand_array:
		*(uint64_t *)w = pick_mfn();
		break;
	case EVTCHNOP_reset:
	case 14: /* the same, carried on */
		/* The plain guest's voice would be gone with it. */
		*(domid_t *)w = !privileged && !reckless ? DOMID_INVALID : pick_domid();
		break;
	case EVTCHNOP_close:
		w[0] = pick_port();
		if (!reckless && console.ring && w[0] == console.port)
			w[0]++;
		break;
	case EVTCHNOP_status:
		*(domid_t *)w = pick_domid();
		w[1] = pick_port();
		break;
	default:
		w[0] = pick_port();
		w[1] = pick_number();
	}
	*c = (struct call){ __HYPERVISOR_event_channel_op, { cmd, bent(w) } };
	if (one_in(8) && cmd != EVTCHNOP_reset && cmd != EVTCHNOP_close) {
		uint32_t *old = room(48);

		old[0] = cmd;
		memcpy(old + 1, w, 32);
		*c = (struct call){ __HYPERVISOR_event_channel_op_compat, { bent(old) } };
	}
}

static void make_sched(struct call *c)
{
	uint32_t cmd = one_in(10) ? pick_number()
				  : PICK(SCHEDOP_yield, SCHEDOP_poll, SCHEDOP_poll,
					 SCHEDOP_remote_shutdown, SCHEDOP_shutdown_code,
					 SCHEDOP_watchdog, SCHEDOP_pin_override);
	uint32_t *w = room(32);

	if (cmd == SCHEDOP_block || cmd == SCHEDOP_shutdown)
		cmd = SCHEDOP_yield;
	if (cmd == SCHEDOP_poll) {
		struct sched_poll *p = (void *)w;
		evtchn_port_t *ports = room(64);

		for (int i = 0; i < 16; i++)
			ports[i] = pick_port();
		p->ports.p = (void *)bent(ports);
		p->nr_ports = one_in(4) ? pick_number() : below(8);
		/* Never forever: nobody would wake us. */
		p->timeout = now_ns() + below(300000) + 1;
	} else if (cmd == SCHEDOP_watchdog) {
		struct sched_watchdog *d = (void *)w;

		d->id = 2 + below(60000); /* 1 is ours */
		d->timeout = pick_number();
	}
	*c = (struct call){ __HYPERVISOR_sched_op,
			    { cmd, cmd == SCHEDOP_poll ? (uint32_t)w : bent(w) } };
}

static void make_physdev(struct call *c)
{
	uint32_t cmd = one_in(10) ? pick_number() : below(32), *w = room(64);

	w[0] = pick_number();
	w[1] = one_in(2) ? below(8) : pick_number();
	w[2] = one_in(2) ? below(24) : pick_number();
	if (one_in(2))
		*(domid_t *)w = pick_domid();
	if (cmd == PHYSDEVOP_set_iobitmap) {
		struct physdev_set_iobitmap *b = (void *)w;

		b->bitmap.p = (void *)pick_va();
		b->nr_ports = one_in(2) ? 65536 : pick_number();
	}
	*c = (struct call){ __HYPERVISOR_physdev_op, { cmd, bent(w) } };
}

/* Physical interrupts: numbers for lines and messages, and ports for numbers. */
static void make_pirq(struct call *c)
{
	uint32_t *w = room(64), cmd = PHYSDEVOP_map_pirq;

	if (one_in(3)) {
		w[0] = one_in(3) ? pick_number() : below(24);
		w[1] = below(3);
		*c = (struct call){ __HYPERVISOR_event_channel_op,
				    { EVTCHNOP_bind_pirq, bent(w) } };
		return;
	}
	if (one_in(3)) {
		struct physdev_map_pirq *m = (void *)w;

		memset(m, 0, sizeof(*m));
		m->domid = DOMID_SELF;
		m->type = below(5);
		m->index = one_in(4) ? pick_number() : below(24);
		m->pirq = one_in(2) ? -1 : (int)below(300);
		m->bus = one_in(6) ? pick_number() : 0;
		m->devfn = one_in(6) ? pick_number() : below(64);
		m->entry_nr = below(4);
		m->table_base = one_in(2) ? 0 : (uint64_t)pick_mfn() << 12;
	} else {
		cmd = PICK(PHYSDEVOP_unmap_pirq, PHYSDEVOP_setup_gsi, PHYSDEVOP_eoi,
			   PHYSDEVOP_irq_status_query, PHYSDEVOP_get_free_pirq,
			   PHYSDEVOP_pirq_eoi_gmfn_v1, PHYSDEVOP_pirq_eoi_gmfn_v2);
		w[0] = cmd == PHYSDEVOP_unmap_pirq ? DOMID_SELF : below(24);
		if (cmd == PHYSDEVOP_pirq_eoi_gmfn_v1 || cmd == PHYSDEVOP_pirq_eoi_gmfn_v2)
			w[0] = pick_mfn();
		w[1] = one_in(3) ? pick_number() : below(24);
		w[2] = below(2);
	}
	*c = (struct call){ __HYPERVISOR_physdev_op, { cmd, bent(w) } };
}

static void make_platform(struct call *c)
{
	struct xen_platform_op *op = room(sizeof(*op));

	op->cmd = one_in(4) ? pick_number()
			    : PICK(XENPF_settime32, XENPF_settime64, XENPF_get_cpuinfo,
				   XENPF_get_cpu_version, XENPF_firmware_info, XENPF_platform_quirk,
				   XENPF_set_processor_pminfo, XENPF_microcode_update,
				   XENPF_cpu_offline);
	if (op->cmd == XENPF_enter_acpi_sleep)
		op->cmd++; /* that would be obeyed */
	op->interface_version = one_in(16) ? random32() : XENPF_INTERFACE_VERSION;
	*c = (struct call){ __HYPERVISOR_platform_op, { bent(op) } };
}

static void make_small(struct call *c)
{
	uint64_t t = pick_time();

	switch (below(4)) {
	case 0:
		*c = (struct call){ __HYPERVISOR_set_timer_op, { t, t >> 32 } };
		break;
	case 1:
		*c = (struct call){ __HYPERVISOR_xen_version,
				    { one_in(4) ? pick_number() : below(12), bent(room(1100)) } };
		break;
	case 2: /* what it prints is random, and little of it */
		*c = (struct call){ __HYPERVISOR_console_io,
				    { one_in(4) ? pick_number() : below(2),
				      one_in(16) ? pick_number() & ~0xffff0u : below(8),
				      bent(room(64)) } };
		break;
	default:
		*c = (struct call){ RINGONE_HYPERCALL_AUDIT,
				    { privileged ? RINGONE_AUDIT_WHOLE : 0 } };
		if (!one_in(16))
			c->nr = __HYPERVISOR_xen_version;
	}
}

void make_world_call(struct call *c)
{
	static void (*const makers[])(struct call *) = {
		make_event, make_event,   make_event,    make_pirq,
		make_sched, make_physdev, make_platform, make_small,
	};

	makers[below(sizeof(makers) / sizeof(*makers))](c);
}
