/* SPDX-License-Identifier: MIT */
/*
 * Question: do FIFO event channels work as their interface says: EVTCHNOP_init_control,
 * EVTCHNOP_expand_array, EVTCHNOP_set_priority, the queues, and more ports than the bitmaps have?
 *
 * Because: the words and the control block are the guest's memory, and the hypervisor follows links
 * through them; and a first domain that serves a hundred others has more than 1,024 channels.
 *
 * Expected: ports come in the order in which they were raised, by priority; a masked one waits until
 * it is unmasked; what was pending before there was a word is not lost; ports above 1,024 work; bad
 * arguments are refused and pages in use stay plain memory; a guest that writes nonsense into all of
 * it harms nobody but itself; a reset brings the bitmaps back.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"

#define WORDS   1024
#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED  (1u << EVTCHN_FIFO_MASKED)
#define LINKED  (1u << EVTCHN_FIFO_LINKED)
#define OFFSET  64

static volatile uint32_t *words[2];
static struct evtchn_fifo_control_block *control;

static volatile uint32_t *word(evtchn_port_t port)
{
	return &words[port / WORDS][port % WORDS];
}

static long init(uint64_t gfn, uint32_t offset, uint32_t vcpu)
{
	struct evtchn_init_control c = { .control_gfn = gfn, .offset = offset, .vcpu = vcpu };
	long ret = ringone_event_channel_op(EVTCHNOP_init_control, &c);

	if (!ret)
		EXPECT(c.link_bits, EVTCHN_FIFO_LINK_BITS);
	return ret;
}

static long expand(uint64_t gfn)
{
	struct evtchn_expand_array a = { .array_gfn = gfn };

	return ringone_event_channel_op(EVTCHNOP_expand_array, &a);
}

static long priority(evtchn_port_t port, uint32_t p)
{
	struct evtchn_set_priority s = { .port = port, .priority = p };

	return ringone_event_channel_op(EVTCHNOP_set_priority, &s);
}

static void unmask(evtchn_port_t port)
{
	struct evtchn_unmask u = { .port = port };

	EXPECT(ringone_event_channel_op(EVTCHNOP_unmask, &u), 0);
}

static volatile uint32_t *new_page(void)
{
	volatile uint32_t *w = page_alloc();

	for (unsigned int i = 0; i < WORDS; i++)
		w[i] = MASKED;
	return w;
}

/* The first port of a queue, or 0; the queue goes on with the one behind it. */
static evtchn_port_t take(uint32_t prio)
{
	volatile struct evtchn_fifo_control_block *c = control;
	evtchn_port_t port = c->head[prio], next;

	if (!port)
		return 0;
	next = *word(port) & EVTCHN_FIFO_LINK_MASK;
	*word(port) &= ~(LINKED | PENDING | EVTCHN_FIFO_LINK_MASK);
	c->head[prio] = next;
	if (!next)
		c->ready &= ~(1u << prio);
	return port;
}

static void refused(void *page)
{
	EXPECT(expand(virt_to_mfn(page)), -XEN_EOPNOTSUPP); /* not a FIFO domain yet */
	EXPECT(init(virt_to_mfn(page), 4, 0), -XEN_EINVAL);
	EXPECT(init(virt_to_mfn(page), 4096 - 64, 0), -XEN_EINVAL);
	EXPECT(init(virt_to_mfn(page), 0xfffffff8, 0), -XEN_EINVAL);
	EXPECT(init(virt_to_mfn(page), 0, 99), -XEN_ENOENT);
	EXPECT(init(virt_to_mfn(l3_table), 0, 0), -XEN_EINVAL);
	EXPECT(init(0xffffffff, 0, 0), -XEN_EINVAL);
	EXPECT(init(1ull << 32, 0, 0), -XEN_EINVAL);
}

static void queues(int a, int b, int c)
{
	port_send(a);
	CHECK(*word(a) == (PENDING | MASKED), "masked: word %x", *word(a));
	EXPECT(take(7), 0);
	unmask(a);
	unmask(b);
	unmask(c);
	EXPECT(control->ready, 1 << 7);
	port_send(b);
	port_send(c);
	port_send(b);
	EXPECT(*word(a), PENDING | LINKED | b);
	EXPECT(take(7), a);
	EXPECT(take(7), b);
	EXPECT(take(7), c);
	EXPECT(take(7), 0);
	port_send(c);
	EXPECT(take(7), c);
	EXPECT(priority(b, 0), 0);
	EXPECT(priority(b, 16), -XEN_EINVAL);
	EXPECT(priority(0, 1), -XEN_EACCES);
	port_send(a);
	port_send(b);
	EXPECT(control->ready, 1 << 7 | 1);
	EXPECT(take(0), b);
	EXPECT(take(7), a);
	/* Who is last in its queue names nobody, whatever the guest left in its word. */
	*word(a) = c;
	port_send(a);
	EXPECT(*word(a), PENDING | LINKED);
	EXPECT(take(7), a);
	CHECK(shared_info->vcpu_info[0].evtchn_upcall_pending, "no upcall is wanted");
}

/* Whatever stands there, and wherever it points. */
static void nonsense(int a, int b)
{
	static const uint32_t values[] = { 0xffffffff, LINKED | 0x1ffff,    LINKED | PENDING,
					   0x0fffffff, LINKED | MASKED | 1, 0 };

	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		for (unsigned int j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			*word(a) = values[i];
			*word(b) = values[j];
			for (int k = 0; k < 16; k++)
				control->head[k] = values[i];
			port_send(a);
			port_send(b);
			unmask(a);
			unmask(b);
		}
	memset(control, 0, sizeof(*control));
	*word(a) = *word(b) = 0;
}

void test_main(void)
{
	char *page = page_alloc();
	int a = bind_ipi(), b = bind_ipi(), c = bind_ipi(), last = 0, early;
	struct evtchn_reset r = { .dom = DOMID_SELF };

	control = (void *)(page + OFFSET);
	words[0] = new_page();
	words[1] = new_page();
	refused(page);
	EXPECT(priority(a, 1), -XEN_ENOSYS);
	early = bind_ipi();
	port_send(early); /* in the bitmaps */
	EXPECT(init(virt_to_mfn(page), OFFSET, 0), 0);
	EXPECT(init(virt_to_mfn(page), OFFSET, 0), -XEN_EINVAL);
	*word(early) = 0;
	EXPECT(expand(virt_to_mfn((void *)words[0])), 0);
	EXPECT(expand(virt_to_mfn(l3_table)), -XEN_EINVAL);
	EXPECT(take(7), early);
	EXPECT(page_remap(page, PTE_RO), 0);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(page)) != 0,
	      "the control block became a table");
	EXPECT(page_remap(page, PTE_RW), 0);
	queues(a, b, c);

	while (last < 1500) {
		last = bind_ipi();
		if (last < 0)
			break;
	}
	EXPECT(last, 1500);
	port_send(last); /* no word is there yet */
	CHECK(!control->head[7] && !control->ready, "linked without a word");
	words[1][last - WORDS] = 0;
	EXPECT(expand(virt_to_mfn((void *)words[1])), 0);
	EXPECT(take(7), last);
	port_send(last);
	EXPECT(take(7), last);
	for (int i = 2; i < 16; i++) /* 16,384 ports are all there can be */
		EXPECT(expand(virt_to_mfn((void *)new_page())), 0);
	EXPECT(expand(virt_to_mfn((void *)new_page())), -XEN_ENOSPC);
	nonsense(a, last);
	port_send(b);
	EXPECT(take(0), b);

	EXPECT(ringone_event_channel_op(EVTCHNOP_reset, &r), 0);
	a = bind_ipi();
	port_send(a);
	CHECK(port_pending(a), "the bitmaps are not back");
	EXPECT(page_remap(page, PTE_RO), 0);
}
