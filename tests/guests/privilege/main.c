/* SPDX-License-Identifier: MIT */
/*
 * Question: does an ordinary domain get -EPERM from what only the first one may do?
 *
 * Expected: -EPERM from a privileged call (console_io), from privileged sub-operations of calls
 * that are for anyone (build id, machine memory map), and from an audit of all domains; of a domain
 * that does not exist it hears that, and the same on its own behalf works.  (In the name of one that
 * does: event-domains.)
 */
#include "guest.h"
#include "event.h"

void test_main(void)
{
	static char text[] = "must not be seen\n";
	struct evtchn_alloc_unbound a = { .dom = 0, .remote_dom = DOMID_SELF };
	struct evtchn_status st = { .dom = 5, .port = 1 };
	struct evtchn_reset r = { .dom = 5 };

	EXPECT(ringone_console_io(CONSOLEIO_write, sizeof(text) - 1, text), -XEN_EPERM);
	EXPECT(ringone_xen_version(XENVER_build_id, NULL), -XEN_EPERM);
	/* There is no domain but this one, which may call itself by its number. */
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), -XEN_ESRCH);
	EXPECT(ringone_event_channel_op(EVTCHNOP_reset, &r), -XEN_ESRCH);
	if (features & RINGONE_FEATURE_AUDIT) {
		EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, RINGONE_AUDIT_WHOLE, 0, 0, 0, 0),
		       -XEN_EPERM);
		EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, RINGONE_AUDIT_HEAP, 0, 0, 0, 0),
		       -XEN_EPERM);
	}
	a.dom = st.dom = DOMID_SELF;
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	st.port = a.port;
	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), 0);
	EXPECT(st.status, EVTCHNSTAT_unbound);
}
