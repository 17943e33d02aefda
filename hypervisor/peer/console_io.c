/* SPDX-License-Identifier: MIT */
/*
 * Console input, and console_io: the serial line as the first domain reads and
 * writes it (CONSOLEIO_* in the interface's xen.h).
 *
 * Input goes to the console ring of a plain first domain (console_ring.c) or
 * waits here for CONSOLEIO_read.  What finds no room stays where it is, in the
 * serial driver and then in the chip, so the sender waits and nothing is lost.
 */
#include "internal.h"
#include "call/call.h"
#include "domain/domain.h"
#include "event/event.h"
#include "mm/mm.h"
#include "say/say.h"
#include "unit.h"

/* The handlers of console_io; the call as a whole is for the privileged. */
#define OP(name, argument, way, privilege, summary) \
	static int32_t consoleio_##name(struct subop_call *c, argument *a);
#include "peer/console_ops.def"
#undef OP

#define CHUNK 128 /* bytes copied at a time, on the stack */

static char waiting[1024];
static uint32_t head, tail; /* free running; head - tail bytes wait */

/* The serial line has bytes, or somebody made room for them. */
static void console_input(void)
{
	struct domain *d = hardware_domain;
	bool any = false;
	int c;

	if (!d)
		return;
	if (d->peer.console_ring) {
		console_ring_output(d);
		console_ring_input(d);
		return;
	}
	/* Bounded by the room there is. */
	while (head - tail < sizeof(waiting) && (c = serial_getc()) >= 0) {
		waiting[head++ % sizeof(waiting)] = c;
		any = true;
	}
	if (any)
		send_global_virq(d, VIRQ_CONSOLE);
}

static int32_t consoleio_write(struct subop_call *c, struct subop_none *none)
{
	uint32_t count = c->count;
	gva_t from = c->at;
	char chunk[CHUNK];

	while (count) {
		uint32_t n = MIN(MIN(count, sizeof(chunk)), console_room());

		if (!n) /* the line is slower than the guest: so it waits, and nobody else */
			return hypercall_continue(__HYPERVISOR_console_io, 3, CONSOLEIO_write,
						  count, from.a, 0);
		if (copy_from_guest_raw(chunk, from, n))
			return trace_error(-XEN_EFAULT);
		console_write(chunk, n);
		count -= n;
		from = gva_add(from, n);
		if (count && preempt_needed())
			return hypercall_continue(__HYPERVISOR_console_io, 3, CONSOLEIO_write,
						  count, from.a, 0);
	}
	return 0;
}

/* Returns how many bytes were read; those that could not be stored are not lost. */
static int32_t consoleio_read(struct subop_call *c, struct subop_none *none)
{
	const uint32_t count = c->count;
	uint32_t done = 0;

	while (done < count && head != tail) {
		uint32_t at = tail % sizeof(waiting);
		uint32_t n = MIN(MIN(count - done, head - tail), sizeof(waiting) - at);

		if (copy_to_guest_raw(gva_add(c->at, done), &waiting[at], n))
			return done ? (int32_t)done : trace_error(-XEN_EFAULT);
		tail += n;
		done += n;
	}
	this_cpu()->softirq |= SOFTIRQ_CONSOLE; /* there may be more in the chip */
	return done;
}

int32_t do_console_io(uint32_t cmd, uint32_t count, gva_t buffer)
{
	static const struct subop ops[] = {
#define OP(name, argument, way, privilege, summary) \
	SUBOP_ENTRY(CONSOLEIO_##name, consoleio_##name, argument, way, ANY),
#include "peer/console_ops.def"
#undef OP
	};
	static const struct subop_table table = SUBOP_TABLE(ops, __HYPERVISOR_console_io);
	struct subop_call c;

	subop_call_of(&c, cmd, buffer);
	c.count = count;
	return subop_perform(&table, &c);
}

static void peer_domain_destroy(struct domain *d)
{
	if (d->peer.console_ring)
		heap_free_page(d->peer.console_ring);
	if (d->peer.store_ring)
		heap_free_page(d->peer.store_ring);
	d->peer.console_ring = NULL;
	d->peer.store_ring = NULL;
}

UNIT(peer, .domain_destroy = peer_domain_destroy, .domain_halts = console_ring_halts,
     .softirqs = SOFTIRQ_CONSOLE, .softirq = console_input);
