/* SPDX-License-Identifier: MIT */
/*
 * Question: can a handler be made to run in ring 0?
 *
 * Expected: a selector of ring 0, a null one, one in the reserved part of the GDT that is not the
 * guest's, and a data selector are refused or turned into something of ring 1; whatever was
 * accepted, the handler that then runs finds CPL 1. The same for the event and failsafe
 * callbacks.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"

extern char guest_stub_soft[], guest_upcall[], guest_failsafe[];
extern const uint32_t guest_stubs[20];
static unsigned int ring_seen;

static int look(struct ringone_frame *f)
{
	unsigned int cs;

	asm("mov %%cs, %0" : "=r"(cs));
	if (f->vector == 0x83)
		ring_seen = cs & 3;
	return 0;
}

static unsigned int ring_of_upcall;

static void on_event(evtchn_port_t port)
{
	unsigned int cs;

	(void)port;
	asm("mov %%cs, %0" : "=r"(cs));
	ring_of_upcall = cs & 3;
}

void test_main(void)
{
	static const unsigned int selectors[] = {
		FLAT_KERNEL_CS & ~3u,
		FLAT_KERNEL_CS,
		FLAT_KERNEL_CS & ~1u,
		0xe008,
		0xe010,
		0xe000,
		8,
		0x10,
		0x18,
	};
	static struct trap_info table[2];

	trap_hook = look;
	for (unsigned int i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		table[0] = (struct trap_info){ 0x83, 3, selectors[i],
					       (unsigned long)guest_stub_soft + 3 * 16 };
		long ret = ringone_set_trap_table(table);

		note("selector %x: %ld", selectors[i], ret);
		CHECK(ret < 0 || !on_ringone || (selectors[i] & ~3u) != 0xe008,
		      "the hypervisor's code");
		if (ret)
			continue;
		ring_seen = 99;
		/* Only those that could work at all are tried: the rest is the guest's own crash. */
		if ((selectors[i] | 3) != (FLAT_KERNEL_CS | 3))
			continue;
		unsigned int v = probe(asm volatile("int $0x83"));

		CHECK(v == 0x83 ? ring_seen == 1 : v == GP, "vector %x, ring %u", v, ring_seen);
	}
	long ret = ringone_set_callbacks(FLAT_KERNEL_CS & ~3u, guest_upcall, FLAT_KERNEL_CS & ~3u,
					 guest_failsafe);

	note("callbacks in ring 0: %ld", ret);
	int port = bind_ipi();

	port_unmask(port);
	event_hook = on_event;
	ring_of_upcall = 99;
	events_on();
	EXPECT(port_send(port), 0);
	events_off();
	EXPECT(ring_of_upcall, 1);
}
