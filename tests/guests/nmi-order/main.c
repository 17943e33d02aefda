/* SPDX-License-Identifier: MIT */
/*
 * Question: where does an NMI come that is due together with an event, and one that is sent from
 * within an NMI's own handler?
 *
 * Because: the handler has one place for what it saves, and events come in the middle of nothing:
 * an NMI on top of an upcall that has not begun yet would find events masked for ever if it looked.
 *
 * Expected: the NMI first, from where the guest was, and the event when its handler is done; the
 * second NMI behind the end of the first one's handler, never inside.
 */
#include "event.h"
#include <ringone/entry.h>
#include <xen/nmi.h>

#define VCPUOP_NMI 11 /* VCPUOP_send_nmi */

extern char nmi_entry[], guest_upcall[];
static volatile unsigned int nmis, inside, nested, at_event, again, on_upcall;

asm(".pushsection .text; nmi_entry:\n"
    "	pushl	$0; pushl $0; pushl $2\n"
    "	pushl	%gs; pushl %fs; pushl %es; pushl %ds\n"
    "	pushal\n"
    "	pushl	%esp; call nmi; addl $4, %esp\n"
    "	popal\n"
    "	popl	%ds; popl %es; popl %fs; popl %gs\n"
    "	addl	$12, %esp\n"
    "	jmp	ringone_hypercall_page + 23 * 32\n"
    ".popsection");

/* words: pushal's eight, four selectors, three zeros, then EIP. */
static void __attribute__((used)) nmi(const uint32_t *words)
{
	nmis++;
	nested += inside;
	on_upcall += words[15] == (uint32_t)guest_upcall;
	inside = 1;
	if (again) {
		again = 0;
		EXPECT(ringone_vcpu_op(VCPUOP_NMI, 0, NULL), 0);
		CHECK(ringone_xen_version(XENVER_version, NULL) > 0, "XENVER_version");
	}
	inside = 0;
}

static void event(evtchn_port_t port)
{
	(void)port;
	at_event = nmis;
}

void test_main(void)
{
	struct xennmi_callback cb = { .handler_address = (unsigned long)nmi_entry };
	int port = bind_ipi();
	struct evtchn_send s = { .port = port };
	multicall_entry_t both[2] = {
		{ .op = __HYPERVISOR_vcpu_op, .args = { VCPUOP_NMI, 0, 0 } },
		{ .op = __HYPERVISOR_event_channel_op,
		  .args = { EVTCHNOP_send, (unsigned long)&s } },
	};

	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	EXPECT(ringone_call(__HYPERVISOR_nmi_op, XENNMI_register_callback, (uint32_t)&cb, 0, 0, 0),
	       0);
	event_hook = event;
	port_unmask(port);
	events_on();
	EXPECT(ringone_multicall(both, 2), 0);
	events_off();
	EXPECT((long)both[0].result, 0);
	EXPECT((long)both[1].result, 0);
	EXPECT(nmis, 1);
	EXPECT(event_count[port], 1);
	EXPECT(at_event, 1);
	EXPECT(on_upcall, 0);

	again = 1;
	EXPECT(ringone_vcpu_op(VCPUOP_NMI, 0, NULL), 0);
	EXPECT(nmis, 3);
	EXPECT(nested, 0);
}
