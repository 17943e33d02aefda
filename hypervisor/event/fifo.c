/* SPDX-License-Identifier: MIT */
/*
 * FIFO event channels: the interface for domains with many ports (the comment
 * over EVTCHNOP_init_control in the interface's event_channel.h, and its design
 * document).
 *
 *	word of a port	31 PENDING  30 MASKED  29 LINKED  28 BUSY  16..0 LINK
 *	control block	of a VCPU: `ready`, a bit per priority, and `head` of each
 *			queue: the first port; each word names the next one
 *
 * A port that becomes pending is put behind the last one of its VCPU's queue, or
 * at the head when that has been taken already.  Pages of words and control
 * blocks are the guest's memory, held as plain writable frames and looked at
 * through the map cache; every word is read once, and what is wrong in one harms
 * nobody but the guest.  Our own memory of a queue is only its tail.
 *
 * All of it under d->event_lock.
 */
#include "event.h"
#include "ports.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "trust.h"

#define PENDING         (1U << EVTCHN_FIFO_PENDING)
#define MASKED          (1U << EVTCHN_FIFO_MASKED)
#define LINKED          (1U << EVTCHN_FIFO_LINKED)
#define BUSY            (1U << EVTCHN_FIFO_BUSY)
#define MAX_TRIES       8 /* with a guest that changes a word all the time */
#define PAGE_WORDS      (PAGE_SIZE / sizeof(uint32_t))
#define RAISED_A_BREATH 64

struct fifo_queue {    /* of one VCPU */
	mfn_t control; /* INVALID_MFN: none yet */
	uint32_t offset;
	uint32_t tail[EVTCHN_FIFO_MAX_QUEUES]; /* 0: none */
};

struct fifo_domain {
	mfn_t array[MAX_EVENT_PORTS / PAGE_WORDS];
	uint32_t nr_pages;
	struct fifo_queue queues[MAX_VCPUS];
};

/* The word of a port, mapped; NULL when the array does not reach so far. */
static uint32_t *map_word(const struct domain *d, uint32_t nr)
{
	const struct fifo_domain *f = d->events.fifo;

	if (!TRUST_CHECK(23, 50, nr / PAGE_WORDS < f->nr_pages))
		return NULL;
	return (uint32_t *)map_frame(f->array[nr / PAGE_WORDS]) + nr % PAGE_WORDS;
}

static uint32_t set_bits(uint32_t *word, uint32_t bits)
{
	return __atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST);
}

static uint32_t clear_bits(uint32_t *word, uint32_t bits)
{
	return __atomic_fetch_and(word, ~bits, __ATOMIC_SEQ_CST);
}

/* One try: 1 done, 0 the guest has taken the tail, -1 the word has changed meanwhile. */
static int try_link(uint32_t *tail, uint32_t nr)
{
	uint32_t seen = READ_ONCE(*tail);

	if (!(seen & LINKED))
		return 0;
	return cmpxchg32(tail, seen, (seen & ~(BUSY | EVTCHN_FIFO_LINK_MASK)) | nr) ? 1 : -1;
}

/*
 * Let the word of the last port of a queue name nr.  False: it is in no queue any
 * more.  The guest may change MASKED of it meanwhile; BUSY asks it to wait.
 */
static bool link_behind(uint32_t *tail, uint32_t nr)
{
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		int rc = try_link(tail, nr);

		if (rc >= 0)
			return rc;
		if (tries == MAX_TRIES / 2)
			set_bits(tail, BUSY);
	}
	clear_bits(tail, BUSY);
	return false;
}

/* At the end of v's queue; true when v has to be told that there is something. */
static bool enqueue(struct vcpu *v, uint32_t nr, uint32_t priority)
{
	struct fifo_queue *q = &v->domain->events.fifo->queues[v->id];
	struct evtchn_fifo_control_block *c;
	bool linked = false, tell;
	uint32_t *tail;

	if (mfn_eq(q->control, INVALID_MFN))
		return false;
	tail = q->tail[priority] ? map_word(v->domain, q->tail[priority]) : NULL;
	if (tail) {
		linked = link_behind(tail, nr);
		unmap_frame(tail);
	}
	q->tail[priority] = nr;
	if (linked)
		return false;
	c = (void *)((char *)map_frame(q->control) + q->offset);
	WRITE_ONCE(c->head[priority], nr);
	tell = !test_and_set_bit(priority, &c->ready);
	unmap_frame(c);
	return tell;
}

/*
 * It was in no queue, so the one it was in last is empty if it was its last one;
 * what comes there next must not be linked behind it, here or elsewhere.
 */
static void leave_old_queue(struct domain *d, struct event_port *p, uint32_t nr)
{
	struct fifo_queue *old = &d->events.fifo->queues[p->last_vcpu];

	if (old->tail[p->last_priority] == nr)
		TRUST_EFFECT(23, 114, old->tail[p->last_priority] = 0);
	p->last_vcpu = p->vcpu;
	p->last_priority = p->priority;
}

static bool announce(struct domain *d, uint32_t nr, struct event_port *p, uint32_t *word)
{
	if (READ_ONCE(*word) & MASKED || set_bits(word, LINKED) & LINKED)
		return false;
	leave_old_queue(d, p, nr);
	/* It is the new last one: it names nobody. */
	TRUST_EFFECT(23, 110, clear_bits(word, EVTCHN_FIFO_LINK_MASK));
	return enqueue(d->vcpus[p->vcpu], nr, p->priority);
}

void fifo_raise(struct domain *d, uint32_t nr, struct event_port *p)
{
	uint32_t *word = map_word(d, nr);
	bool tell;

	if (!word) {
		TRUST_EFFECT(23, 115,
			     p->early = true); /* made up for when the array has grown so far */
		return;
	}
	tell = !(set_bits(word, PENDING) & PENDING) && announce(d, nr, p, word);
	unmap_frame(word);
	if (tell)
		vcpu_mark_events(d->vcpus[p->vcpu]);
	if (unlikely(d->events.may_poll))
		wake_pollers(d);
}

void fifo_unmask(struct domain *d, uint32_t nr, struct event_port *p)
{
	uint32_t *word = map_word(d, nr);
	bool tell;

	if (!word)
		return;
	TRUST_EFFECT(23, 116, clear_bits(word, MASKED));
	tell = READ_ONCE(*word) & PENDING && announce(d, nr, p, word);
	unmap_frame(word);
	if (tell)
		vcpu_mark_events(d->vcpus[p->vcpu]);
}

static bool has_bits(const struct domain *d, uint32_t nr, uint32_t bits)
{
	uint32_t *word = map_word(d, nr), seen;

	if (!word)
		return false;
	seen = READ_ONCE(*word);
	unmap_frame(word);
	return seen & bits;
}

bool fifo_pending(const struct domain *d, uint32_t nr)
{
	return has_bits(d, nr, PENDING);
}

bool fifo_masked(const struct domain *d, uint32_t nr)
{
	return has_bits(d, nr, MASKED);
}

void fifo_clear(struct domain *d, uint32_t nr)
{
	uint32_t *word = map_word(d, nr);

	if (!word)
		return;
	clear_bits(word, PENDING);
	unmap_frame(word);
}

/* ---- setting it up ---- */

/* A page of plain writable memory of d, held; its frame number comes from the guest. */
static bool hold(struct domain *d, uint64_t frame)
{
	return !(frame >> 32) && mfn_valid(MFN(frame)) &&
	       TRUST_CHECK(1, 71, !get_page_and_type(mfn_to_page(MFN(frame)), d, PGT_writable));
}

/* What is pending by now in the bitmaps is not lost: it comes when its word is there. */
static int32_t begin(struct domain *d)
{
	struct fifo_domain *f = heap_alloc_for(d, sizeof(*f));

	if (!f)
		return -XEN_ENOMEM;
	for (uint32_t i = 0; i < MAX_VCPUS; i++)
		f->queues[i].control = INVALID_MFN;
	for (uint32_t nr = 1; nr < NR_EVENT_PORTS; nr++) {
		struct event_port *p = port_in_use(d, nr);

		if (!p)
			continue;
		p->early = test_bit(nr, d->shared->evtchn_pending);
		p->priority = p->last_priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		p->last_vcpu = p->vcpu;
	}
	d->events.fifo = f;
	d->events.nr_ports = d->events.max_ports;
	return 0;
}

/* Once a VCPU; the first one makes the domain a FIFO one.  event_lock held. */
int32_t evtchn_init_control(struct subop_call *c, evtchn_init_control_t *a)
{
	struct domain *d = c->d;
	struct vcpu *v = event_vcpu(d, a->vcpu);
	int32_t rc = 0;

	a->link_bits = EVTCHN_FIFO_LINK_BITS;
	if (!v)
		return trace_error(-XEN_ENOENT);
	if (!TRUST_CHECK(8, 60,
			 a->offset <= PAGE_SIZE - sizeof(struct evtchn_fifo_control_block)) ||
	    a->offset % 8)
		return trace_error(-XEN_EINVAL);
	if (d->events.fifo && !mfn_eq(d->events.fifo->queues[v->id].control, INVALID_MFN))
		return trace_error(-XEN_EINVAL);
	if (!hold(d, a->control_gfn))
		return trace_error(-XEN_EINVAL);
	if (!d->events.fifo)
		rc = begin(d);
	if (rc) {
		put_page_and_type(mfn_to_page(MFN(a->control_gfn)));
		return trace_error(rc);
	}
	d->events.fifo->queues[v->id].offset = a->offset;
	d->events.fifo->queues[v->id].control = MFN(a->control_gfn);
	return 0;
}

/* Another page of words.  event_lock held. */
int32_t evtchn_expand_array(struct subop_call *c, evtchn_expand_array_t *a)
{
	struct domain *d = c->d;
	struct fifo_domain *f = d->events.fifo;
	uint32_t first;

	if (!f)
		return trace_error(-XEN_EOPNOTSUPP);
	if (!TRUST_CHECK(23, 51, f->nr_pages < ARRAY_SIZE(f->array)))
		return trace_error(-XEN_ENOSPC);
	if (!hold(d, a->array_gfn))
		return trace_error(-XEN_EINVAL);
	first = f->nr_pages * PAGE_WORDS;
	f->array[f->nr_pages++] = MFN(a->array_gfn);
	for (uint32_t nr = MAX(first, 1U); nr < first + PAGE_WORDS; nr++) {
		struct event_port *p = port_in_use(d, nr);

		if (p && p->early) {
			p->early = false;
			fifo_raise(d, nr, p);
		}
		if (nr % RAISED_A_BREATH == 0)
			breathe();
	}
	return 0;
}

/* event_lock held. */
int32_t evtchn_set_priority(struct subop_call *c, evtchn_set_priority_t *a)
{
	struct domain *d = c->d;
	struct event_port *p = port_in_use(d, a->port);

	if (!port_exists(d, a->port))
		return trace_error(-XEN_EINVAL);
	if (!d->events.fifo)
		return trace_error(-XEN_ENOSYS);
	if (!p)
		return trace_error(-XEN_EACCES);
	if (!TRUST_CHECK(23, 52, a->priority <= EVTCHN_FIFO_PRIORITY_MIN))
		return trace_error(-XEN_EINVAL);
	p->priority = a->priority;
	return 0;
}

/* Back to the bitmaps: a reset, or the end.  All ports are closed.  event_lock held. */
void fifo_end(struct domain *d)
{
	struct fifo_domain *f = d->events.fifo;

	if (!f)
		return;
	d->events.fifo = NULL;
	d->events.nr_ports = MIN(NR_EVENT_PORTS, d->events.max_ports);
	for (uint32_t i = 0; i < f->nr_pages; i++)
		put_page_and_type(mfn_to_page(f->array[i]));
	for (uint32_t i = 0; i < MAX_VCPUS; i++)
		if (!mfn_eq(f->queues[i].control, INVALID_MFN))
			put_page_and_type(mfn_to_page(f->queues[i].control));
	heap_free_of(d, f);
}

void fifo_frames_held(const struct domain *d, frame_holder held, void *to)
{
	const struct fifo_domain *f = d->events.fifo;

	if (!f)
		return;
	for (uint32_t i = 0; i < f->nr_pages; i++)
		held(to, f->array[i], true);
	for (uint32_t i = 0; i < MAX_VCPUS; i++)
		if (!mfn_eq(f->queues[i].control, INVALID_MFN))
			held(to, f->queues[i].control, true);
}
