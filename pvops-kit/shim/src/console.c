/* SPDX-License-Identifier: MIT */
/* The console: by hypercall in the initial domain, by a shared ring in every other. */
#include <ringone/shim.h>

static void barrier(void)
{
	asm volatile("" : : : "memory");
}

static void kick(const struct ringone_console *con)
{
	struct evtchn_send send = { .port = con->port };

	ringone_event_channel_op(EVTCHNOP_send, &send);
}

static size_t ring_put(struct xencons_interface *r, const char *text, size_t len)
{
	XENCONS_RING_IDX prod = r->out_prod;
	size_t n = 0;

	while (n < len && prod - *(volatile XENCONS_RING_IDX *)&r->out_cons < sizeof(r->out))
		r->out[MASK_XENCONS_IDX(prod++, r->out)] = text[n++];
	barrier();
	*(volatile XENCONS_RING_IDX *)&r->out_prod = prod;
	return n;
}

void ringone_console_write(const struct ringone_console *con, const char *text, size_t len)
{
	if (!con->ring) {
		ringone_console_io(CONSOLEIO_write, len, (char *)text);
		return;
	}
	while (len) {
		size_t n = ring_put(con->ring, text, len);

		text += n;
		len -= n;
		kick(con);
		if (len)
			ringone_sched_op(SCHEDOP_yield, NULL);
	}
}

size_t ringone_console_read(const struct ringone_console *con, char *buf, size_t size)
{
	if (!con->ring) {
		long got = ringone_console_io(CONSOLEIO_read, size, buf);

		return got > 0 ? got : 0;
	}
	struct xencons_interface *r = con->ring;
	XENCONS_RING_IDX cons = r->in_cons;
	size_t n = 0;

	while (n < size && cons != *(volatile XENCONS_RING_IDX *)&r->in_prod) {
		barrier();
		buf[n++] = r->in[MASK_XENCONS_IDX(cons++, r->in)];
	}
	*(volatile XENCONS_RING_IDX *)&r->in_cons = cons;
	if (n)
		kick(con);
	return n;
}
