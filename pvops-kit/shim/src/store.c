/* SPDX-License-Identifier: MIT */
/*
 * The store's client. Two rings of 1024 bytes carry messages of xs_wire.h: a header, then its
 * `len` bytes of payload, in as many pieces as the ring has room for. One request is on its way at
 * a time; watch events may come in front of its answer.
 *
 * The other side is a domain we have to trust with what it says, but not with our memory: its
 * indexes are read once and bounded, and an answer never writes behind its buffer.
 */
#include <xen/errno.h>
#include "text.h"

#define READ(x) (*(volatile uint32_t *)&(x))

struct part {
	const char *data;
	size_t len;
};

static void kick(struct ringone_store *s)
{
	struct evtchn_send send = { .port = s->port };

	ringone_event_channel_op(EVTCHNOP_send, &send);
}

/* Returns when *@index may have moved on from @value; the loops around it look again. */
static void wait_for(struct ringone_store *s, uint32_t *index, uint32_t value)
{
	struct sched_poll poll = { .nr_ports = 1 };

	ringone_port_clear(s->shared->evtchn_pending, s->port);
	xen_mb();
	if (READ(*index) != value)
		return;
	set_xen_guest_handle(poll.ports, &s->port);
	ringone_sched_op(SCHEDOP_poll, &poll);
}

static void send(struct ringone_store *s, const char *data, size_t len)
{
	struct xenstore_domain_interface *r = s->ring;
	uint32_t prod = r->req_prod;

	while (len) {
		uint32_t cons = READ(r->req_cons);

		/* A distance that cannot be counts as full: the other side will mend it or not. */
		if (prod - cons >= XENSTORE_RING_SIZE) {
			kick(s);
			wait_for(s, &r->req_cons, cons);
			continue;
		}
		xen_mb();
		r->req[MASK_XENSTORE_IDX(prod++)] = *data++;
		len--;
		xen_wmb();
		READ(r->req_prod) = prod;
	}
}

/* Takes @len bytes off the ring; all but the first @room of them are dropped. */
static void receive(struct ringone_store *s, char *to, size_t room, size_t len)
{
	struct xenstore_domain_interface *r = s->ring;
	uint32_t cons = r->rsp_cons;

	for (size_t i = 0; i < len;) {
		uint32_t prod = READ(r->rsp_prod);

		if (prod == cons || prod - cons > XENSTORE_RING_SIZE) {
			kick(s); /* it may wait for room */
			wait_for(s, &r->rsp_prod, prod);
			continue;
		}
		xen_rmb();
		if (i < room)
			to[i] = r->rsp[MASK_XENSTORE_IDX(cons)];
		i++;
		cons++;
		xen_mb();
		READ(r->rsp_cons) = cons;
	}
}

static long error_of(const char *word)
{
	static const struct {
		const char *word;
		long error;
	} words[] = {
		{ "EINVAL", XEN_EINVAL }, { "EACCES", XEN_EACCES }, { "EEXIST", XEN_EEXIST },
		{ "EISDIR", XEN_EISDIR }, { "ENOENT", XEN_ENOENT }, { "ENOMEM", XEN_ENOMEM },
		{ "ENOSPC", XEN_ENOSPC }, { "EROFS", XEN_EROFS },   { "EBUSY", XEN_EBUSY },
		{ "EAGAIN", XEN_EAGAIN }, { "E2BIG", XEN_E2BIG },   { "EPERM", XEN_EPERM },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_same(word, words[i].word))
			return -words[i].error;
	return -XEN_EIO;
}

/* The next message's header; a watch event is counted and dropped here. */
static int take_header(struct ringone_store *s, struct xsd_sockmsg *m)
{
	receive(s, (char *)m, sizeof(*m), sizeof(*m));
	if (m->type != XS_WATCH_EVENT)
		return 1;
	receive(s, NULL, 0, m->len);
	s->watches++;
	return 0;
}

/* One request and its answer. Returns the length of the answer, of which @size bytes are kept. */
static long talk(struct ringone_store *s, uint32_t type, uint32_t tx, const struct part *part,
		 unsigned int parts, char *answer, size_t size)
{
	struct xsd_sockmsg m = { .type = type, .req_id = ++s->last_id, .tx_id = tx };
	char word[16] = { 0 };

	for (unsigned int i = 0; i < parts; i++)
		m.len += part[i].len;
	if (m.len > XENSTORE_PAYLOAD_MAX)
		return -XEN_E2BIG;
	send(s, (char *)&m, sizeof(m));
	for (unsigned int i = 0; i < parts; i++)
		send(s, part[i].data, part[i].len);
	kick(s);
	for (;;) {
		if (!take_header(s, &m))
			continue;
		if (m.req_id == s->last_id)
			break;
		receive(s, NULL, 0, m.len); /* to a question nobody asked */
	}
	if (m.type == XS_ERROR) {
		receive(s, word, sizeof(word) - 1, m.len);
		return error_of(word);
	}
	receive(s, answer, size, m.len);
	return m.type == type ? (long)m.len : -XEN_EIO;
}

static struct part closed(const char *text)
{
	return (struct part){ text, text_length(text) + 1 };
}

long ringone_store_read(struct ringone_store *s, const char *path, char *value, size_t size)
{
	struct part p = closed(path);
	long len = talk(s, XS_READ, s->tx, &p, 1, value, size);

	if (len < 0)
		return len;
	if ((size_t)len >= size)
		return -XEN_E2BIG;
	value[len] = 0;
	return len;
}

long ringone_store_list(struct ringone_store *s, const char *path, char *names, size_t size)
{
	struct part p = closed(path);
	long len = talk(s, XS_DIRECTORY, s->tx, &p, 1, names, size);

	return len > 0 && (size_t)len > size ? -XEN_E2BIG : len;
}

/* Requests whose answer is "OK" and tells nothing. */
static long tell(struct ringone_store *s, uint32_t type, uint32_t tx, const struct part *part,
		 unsigned int parts)
{
	long len = talk(s, type, tx, part, parts, NULL, 0);

	return len < 0 ? len : 0;
}

long ringone_store_write(struct ringone_store *s, const char *path, const char *value)
{
	struct part p[2] = { closed(path), { value, text_length(value) } };

	return tell(s, XS_WRITE, s->tx, p, 2);
}

long ringone_store_remove(struct ringone_store *s, const char *path)
{
	struct part p = closed(path);

	return tell(s, XS_RM, s->tx, &p, 1);
}

long ringone_store_watch(struct ringone_store *s, const char *path, const char *token)
{
	struct part p[2] = { closed(path), closed(token) };

	return tell(s, XS_WATCH, 0, p, 2);
}

void ringone_store_wait(struct ringone_store *s, unsigned int seen)
{
	struct xsd_sockmsg m;

	while (s->watches == seen)
		if (take_header(s, &m))
			receive(s, NULL, 0, m.len);
}

long ringone_store_begin(struct ringone_store *s)
{
	char id[16];
	struct part p = closed("");
	long len = talk(s, XS_TRANSACTION_START, 0, &p, 1, id, sizeof(id) - 1);

	if (len < 0)
		return len;
	id[(size_t)len < sizeof(id) ? len : 0] = 0;
	s->tx = text_number(id, 0);
	return s->tx ? 0 : -XEN_EIO;
}

long ringone_store_end(struct ringone_store *s, int commit)
{
	struct part p = closed(commit ? "T" : "F");
	uint32_t tx = s->tx;

	s->tx = 0;
	return tell(s, XS_TRANSACTION_END, tx, &p, 1);
}
