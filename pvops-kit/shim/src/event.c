/* SPDX-License-Identifier: MIT */
/* Two-level event channels: a selector word, then 32 words of 32 ports each. */
#include <ringone/shim.h>

#define PORT_WORDS (EVTCHN_2L_NR_CHANNELS / 32)

void ringone_port_set(xen_ulong_t *map, evtchn_port_t port)
{
	asm volatile("lock btsl %1, %0" : "+m"(map[port / 32]) : "r"(port % 32) : "cc");
}

void ringone_port_clear(xen_ulong_t *map, evtchn_port_t port)
{
	asm volatile("lock btrl %1, %0" : "+m"(map[port / 32]) : "r"(port % 32) : "cc");
}

static xen_ulong_t take_all(xen_ulong_t *word)
{
	return __atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST);
}

static unsigned int take_word(struct shared_info *shared, unsigned int word,
			      void (*take)(evtchn_port_t port))
{
	unsigned int taken = 0;
	xen_ulong_t ready;

	for (;;) {
		ready = *(volatile xen_ulong_t *)&shared->evtchn_pending[word] &
			~*(volatile xen_ulong_t *)&shared->evtchn_mask[word];
		if (!ready)
			return taken;
		evtchn_port_t port = word * 32 + __builtin_ctzl(ready);

		ringone_port_clear(shared->evtchn_pending, port);
		take(port);
		taken++;
	}
}

unsigned int ringone_event_loop(struct shared_info *shared, struct vcpu_info *vcpu,
				void (*take)(evtchn_port_t port))
{
	unsigned int taken = 0;
	volatile uint8_t *pending = &vcpu->evtchn_upcall_pending;

	/*
	 * The flag is cleared before the selector is read: what arrives in between sets it again
	 * and costs one round, where the other order would lose the event.
	 */
	while (*pending) {
		*pending = 0;
		xen_ulong_t sel = take_all(&vcpu->evtchn_pending_sel);

		for (unsigned int word = 0; word < PORT_WORDS; word++)
			if (sel >> word & 1)
				taken += take_word(shared, word, take);
	}
	return taken;
}
