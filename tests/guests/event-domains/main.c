/* SPDX-License-Identifier: MIT */
/*
 * Question: do events cross from one domain to another, only where both ends agreed, and what does
 * the one find when the other closes its end or dies?
 *
 * Because: a port names a port of another domain. One that keeps the name after that domain is gone
 * writes into whatever lies there then (TRUST 23, XSA-221); and a domain that may bind or allocate
 * ports of others can listen in or use up what is theirs (TRUST 25).
 *
 * Expected: a privileged domain makes an unbound port in the other one and binds to it; both send
 * and are told; the other one may do nothing of the kind by itself. A port whose partner closed or
 * was destroyed is unbound, and sending on it is no error.
 */
#include "second.h"
#include "event.h"

enum { PORT = 0, STEP = 1, ASKED = 2 };

static struct second s;

static long status_of(domid_t dom, evtchn_port_t port, struct evtchn_status *st)
{
	*st = (struct evtchn_status){ .dom = dom, .port = port };
	return ringone_event_channel_op(EVTCHNOP_status, st);
}

static void send(evtchn_port_t port)
{
	struct evtchn_send e = { .port = port };

	EXPECT(ringone_event_channel_op(EVTCHNOP_send, &e), 0);
}

static void wait_step(uint32_t step)
{
	for (int i = 0; i < 100000 && second_mail->word[ASKED] != step; i++)
		ringone_sched_op(SCHEDOP_yield, NULL);
	EXPECT(second_mail->word[ASKED], step);
}

static void refused(void)
{
	struct evtchn_alloc_unbound a = { .dom = 0, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain b = { .remote_dom = 0, .remote_port = 1 };
	struct evtchn_reset r = { .dom = 0 };
	struct evtchn_status st;

	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), -XEN_EPERM);
	EXPECT(status_of(0, 1, &st), -XEN_EPERM);
	EXPECT(ringone_event_channel_op(EVTCHNOP_reset, &r), -XEN_EPERM);
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b), -XEN_EINVAL);
	b.remote_dom = 77;
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b), -XEN_ESRCH);
}

static void child(void)
{
	evtchn_port_t port = second_mail->word[PORT];
	struct evtchn_close c = { .port = port };
	struct sched_poll p = { .nr_ports = 1, .timeout = now_ns() + 5000 * NS_MS };

	refused();
	send(port);
	set_xen_guest_handle(p.ports, &port);
	ringone_sched_op(SCHEDOP_poll, &p);
	CHECK(port_pending(port), "the first domain's event did not come");
	second_mail->word[STEP] = 1;
	wait_step(1);
	EXPECT(ringone_event_channel_op(EVTCHNOP_close, &c), 0);
	second_mail->word[STEP] = 2;
	wait_step(2);
}

/* A port of the other domain for us, and our end of it. */
static evtchn_port_t connect(evtchn_port_t *theirs)
{
	struct evtchn_alloc_unbound a = { .dom = s.id, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain b = { .remote_dom = s.id };
	struct evtchn_status st;

	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	EXPECT(status_of(s.id, a.port, &st), 0);
	EXPECT(st.status, EVTCHNSTAT_unbound);
	EXPECT(st.u.unbound.dom, 0);
	*theirs = b.remote_port = a.port;
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b), 0);
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b), -XEN_EINVAL);
	ringone_port_clear(shared_info->evtchn_pending, b.local_port); /* bound: told at once */
	return b.local_port;
}

static void is_unbound(evtchn_port_t port)
{
	struct evtchn_status st;

	EXPECT(status_of(DOMID_SELF, port, &st), 0);
	EXPECT(st.status, EVTCHNSTAT_unbound);
	EXPECT(st.u.unbound.dom, s.id);
	send(port);
}

void test_main(void)
{
	evtchn_port_t ours, second, theirs, unused;
	struct evtchn_close c;
	uint64_t before;

	second_need();
	second_make(&s, child);
	second_destroy(&s);
	port_close(bind_ipi()); /* our table of ports stays */
	before = second_free_pages();

	second_make(&s, child);
	ours = connect(&theirs);
	second = connect(&unused);
	s.mail->word[PORT] = theirs;
	second_unpause(&s);
	/* What runs keeps its ports, whoever asks. */
	EXPECT(ringone_event_channel_op(EVTCHNOP_reset, &(struct evtchn_reset){ .dom = s.id }),
	       -XEN_EINVAL);
	for (int i = 0; i < 100000 && !port_pending(ours); i++)
		ringone_sched_op(SCHEDOP_yield, NULL);
	CHECK(port_pending(ours), "the other domain's event did not come");
	ringone_port_clear(shared_info->evtchn_pending, ours);
	CHECK(!port_pending(second), "the event came on another channel, too");
	send(ours);
	CHECK(second_wait_word(&s, STEP, 1, 5000), "the other domain got no event");
	s.mail->word[ASKED] = 1;
	CHECK(second_wait_word(&s, STEP, 2, 5000), "the other domain did not close its end");
	is_unbound(ours);
	s.mail->word[ASKED] = 2;
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
	CHECK(second_gone(s.id), "it is still there");
	is_unbound(ours);
	is_unbound(second);
	c.port = ours;
	EXPECT(ringone_event_channel_op(EVTCHNOP_close, &c), 0);
	c.port = second;
	EXPECT(ringone_event_channel_op(EVTCHNOP_close, &c), 0);
	CHECK(second_free_pages() == before, "%lld pages are lost",
	      (long long)(before - second_free_pages()));
}
