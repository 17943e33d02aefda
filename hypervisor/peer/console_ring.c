/* SPDX-License-Identifier: MIT */
/*
 * The console of a domain that was started plain (first=plain): a page shared
 * with it, two rings of bytes in it (the interface's io/console.h), and an
 * event channel.  The hypervisor plays the part that a backend in another
 * domain would play, with the serial line behind it.
 *
 * The page is the guest's.  Each index of its is read once; ours are kept in
 * struct domain and only shown there.
 */
#include "internal.h"
#include "peer.h"
#include "domain/domain.h"
#include "event/event.h"
#include "lib.h"
#include "mm/mm.h"
#include "say/say.h"
#include "trust.h"

static void tell_guest(struct domain *d)
{
	if (d->peer.console_port)
		port_set_pending(d, d->peer.console_port);
}

/*
 * Our own lines begin with "Ringone:", and an ordinary domain is not to write
 * such a one: "Ringone(d0):" is what comes of its, wherever it stands and in
 * however many pieces it comes.  Its other bytes pass as they are.
 */
static void write_marked(struct domain *d, const char *text, uint32_t n)
{
	static const char ours[] = "Ringone:";
	uint32_t from = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (text[i] != ours[d->peer.console_matched]) {
			d->peer.console_matched = text[i] == ours[0];
			continue;
		}
		if (ours[++d->peer.console_matched])
			continue;
		d->peer.console_matched = 0;
		console_write(text + from, i - from);
		console_write("(d0)", 4);
		from = i;
	}
	console_write(text + from, n - from);
}

/* At most one ring full, and `most` bytes, are taken at a time.  True: there was something. */
static bool drain(struct domain *d, uint32_t most)
{
	struct xencons_interface *ring = d->peer.console_ring;
	char line[256];
	uint32_t prod, left, n;

	if (!ring)
		return false;
	prod = READ_ONCE(ring->out_prod);
	barrier();
	left = ring_used(prod, d->peer.console_out_cons, sizeof(ring->out));
	if (!left && prod != d->peer.console_out_cons) {
		/* Not a possible distance: go on from where the guest says it is. */
		d->peer.console_out_cons = prod;
		WRITE_ONCE(ring->out_cons, prod);
	}
	left = MIN(left, most);
	for (uint32_t todo = left; todo; todo -= n) {
		uint32_t at = d->peer.console_out_cons;

		n = ring_run(at, MIN(todo, sizeof(line)), sizeof(ring->out));
		memcpy(line, &ring->out[at & (sizeof(ring->out) - 1)], n);
		write_marked(d, line, n);
		breathe();
		d->peer.console_out_cons = at + n;
	}
	barrier();
	WRITE_ONCE(ring->out_cons, d->peer.console_out_cons);
	return left;
}

/* A kernel that shuts down may have written without a kick.  All of it fits in our own half. */
void console_ring_halts(struct domain *d)
{
	drain(d, ~0U);
}

/* There is room on the line again. */
void console_ring_output(struct domain *d)
{
	if (drain(d, console_room()))
		TRUST_EFFECT(24, 100, tell_guest(d)); /* there is room again */
}

static void kicked(struct domain *d)
{
	if (!d->peer.console_ring)
		return;
	console_ring_output(d);
	/* The same kick says that input was taken out. */
	this_cpu()->softirq |= SOFTIRQ_CONSOLE;
}

/* Serial bytes into the ring, as many as there is room for. */
void console_ring_input(struct domain *d)
{
	struct xencons_interface *ring = d->peer.console_ring;
	uint32_t room =
		ring_room(d->peer.console_in_prod, READ_ONCE(ring->in_cons), sizeof(ring->in));
	bool any = false;
	int c;

	for (; room && (c = serial_getc()) >= 0; room--) {
		ring->in[d->peer.console_in_prod++ & (sizeof(ring->in) - 1)] = c;
		any = true;
	}
	if (!any)
		return;
	barrier();
	WRITE_ONCE(ring->in_prod, d->peer.console_in_prod);
	tell_guest(d);
}

static void closed(struct domain *d)
{
	d->peer.console_port = 0;
}

const struct hv_end console_ring_end = { .kicked = kicked, .closed = closed };
