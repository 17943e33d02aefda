/* SPDX-License-Identifier: MIT */
/*
 * Question: does the time page move for a kernel that has stopped its tick, masked its events and
 * makes no call?
 *
 * Expected: yes, once a second at least: version and system_time change three times within four
 * seconds as the TSC counts them, and so does the secondary area registered by address.
 *
 * Because: NetBSD calibrates its clock by waiting for the version to change, and then for
 * system_time; where the page is written only when a VCPU is switched it waits for ever.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"

#define SECOND   1000000000ull
#define PATIENCE (4 * SECOND)
#define CHANGES  3

/* How often the page changed; its system time never runs back, and goes on with version. */
static unsigned int changes(const volatile struct vcpu_time_info *t, const char *what)
{
	uint64_t began = now_ns(), stamp = t->system_time;
	uint32_t version = t->version;
	unsigned int n = 0;

	while (n < CHANGES && now_ns() - began < PATIENCE) {
		if (t->version == version || t->version & 1)
			continue;
		version = t->version;
		CHECK(t->system_time > stamp, "%s: %llu after %llu", what, t->system_time, stamp);
		stamp = t->system_time;
		n++;
	}
	note("%s: %u changes in %llu ms", what, n, (now_ns() - began) / NS_MS);
	return n;
}

void test_main(void)
{
	struct vcpu_time_info *second = page_alloc();
	struct vcpu_register_time_memory_area area = { .addr.v = second };

	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	EXPECT(ringone_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &area), 0);
	vcpu->evtchn_upcall_mask = 1;
	EXPECT(changes(&vcpu->time, "time page"), CHANGES);
	EXPECT(changes(second, "secondary area"), CHANGES);
}
