/* SPDX-License-Identifier: MIT */
/*
 * Question: does callback_op register what it names?
 *
 * Expected: event, failsafe and NMI callbacks register; an unknown type is -ENOSYS or -EINVAL;
 * event and failsafe cannot be unregistered; the registered event callback is the one that runs.
 */
#include "guest.h"
#include "event.h"

extern char guest_upcall[], guest_failsafe[];

void test_main(void)
{
	struct callback_register cb = { .type = CALLBACKTYPE_event,
					.address = { FLAT_KERNEL_CS,
						     (unsigned long)guest_upcall } };
	struct callback_unregister un = { .type = CALLBACKTYPE_event };
	int port = bind_ipi();

	EXPECT(ringone_callback_op(CALLBACKOP_register, &cb), 0);
	port_unmask(port);
	events_on();
	EXPECT(port_send(port), 0);
	EXPECT(event_count[port], 1);
	events_off();
	cb.type = CALLBACKTYPE_failsafe;
	cb.flags = CALLBACKF_mask_events;
	cb.address.eip = (unsigned long)guest_failsafe;
	EXPECT(ringone_callback_op(CALLBACKOP_register, &cb), 0);
	cb.type = CALLBACKTYPE_nmi;
	EXPECT(ringone_callback_op(CALLBACKOP_register, &cb), 0);
	cb.type = 77;
	CHECK(ringone_callback_op(CALLBACKOP_register, &cb) < 0, "type 77");
	CHECK(ringone_callback_op(CALLBACKOP_unregister, &un) < 0, "event callback taken away");
	un.type = CALLBACKTYPE_nmi;
	EXPECT(ringone_callback_op(CALLBACKOP_unregister, &un), 0);
	CHECK(ringone_callback_op(9, &un) < 0, "operation 9");
	cb.type = CALLBACKTYPE_event;
	cb.address.cs = 0xe008;
	CHECK(ringone_callback_op(CALLBACKOP_register, &cb) < 0 || !on_ringone,
	      "a callback in the hypervisor's code segment");
	CHECK(ringone_set_callbacks(0xe009, guest_upcall, FLAT_KERNEL_CS, guest_failsafe) < 0 ||
		      !on_ringone,
	      "set_callbacks with the hypervisor's code segment");
}
