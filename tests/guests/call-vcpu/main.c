/* SPDX-License-Identifier: MIT */
/*
 * Question: does vcpu_op do what a uniprocessor guest asks of it?
 *
 * Expected: VCPU 0 is up and running; runstate times add up to system time; a registered runstate
 * area is filled; vcpu_info can be moved once into guest memory, must not cross a page, and works
 * from there; a second time page follows the first; other VCPUs do not exist.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"

void test_main(void)
{
	static struct vcpu_runstate_info rs, area;
	static struct vcpu_time_info tm;
	struct vcpu_register_runstate_memory_area reg = { 0 };
	struct vcpu_register_time_memory_area treg = { 0 };
	struct vcpu_register_vcpu_info vi = { 0 };
	char *page = page_alloc();

	EXPECT(ringone_vcpu_op(VCPUOP_is_up, 0, NULL), 1);
	EXPECT(ringone_vcpu_op(VCPUOP_is_up, 5, NULL), -XEN_ENOENT);
	EXPECT(ringone_vcpu_op(VCPUOP_is_up, 0x7fffffff, NULL), -XEN_ENOENT);
	EXPECT(ringone_vcpu_op(1000, 0, NULL), -XEN_ENOSYS);

	EXPECT(ringone_vcpu_op(VCPUOP_get_runstate_info, 0, &rs), 0);
	EXPECT(rs.state, RUNSTATE_running);
	uint64_t sum = rs.time[0] + rs.time[1] + rs.time[2] + rs.time[3], now = now_ns();

	note("runstates %llu ns, system time %llu ns", sum, now);
	CHECK(sum <= now + NS_MS, "%llu > %llu", sum, now);
	EXPECT(ringone_vcpu_op(VCPUOP_get_runstate_info, 0, (void *)0x1000), -XEN_EFAULT);

	area.state = 99;
	reg.addr.v = &area;
	EXPECT(ringone_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg), 0);
	ringone_set_timer_op(now_ns() + 2 * NS_MS);
	ringone_sched_op(SCHEDOP_yield, NULL);
	EXPECT(area.state, RUNSTATE_running);

	if (on_ringone) {
		/* Written behind the guest's back, so it must be the guest's to write. */
		reg.addr.v = (void *)m2p_range.v_end;
		CHECK(ringone_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg) < 0,
		      "a runstate area in the hole");
		treg.addr.v = (void *)(m2p_range.v_end - 8);
		CHECK(ringone_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &treg) < 0,
		      "a time page across the edge");
	}
	treg.addr.v = &tm;
	EXPECT(ringone_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &treg), 0);
	for (uint64_t end = now_ns() + 1500 * NS_MS; !tm.version && now_ns() < end;)
		ringone_sched_op(SCHEDOP_yield, NULL);
	CHECK(tm.version, "the second time page stays empty");
	EXPECT(tm.tsc_to_system_mul, vcpu->time.tsc_to_system_mul);

	vi.mfn = virt_to_mfn(page);
	vi.offset = PAGE_SIZE - 32;
	CHECK(ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &vi) < 0, "across a page boundary");
	vi.offset = 512;
	vi.mfn = virt_to_mfn(l3_table);
	CHECK(ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &vi) < 0, "into a page table");
	vi.mfn = virt_to_mfn(page);
	EXPECT(ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &vi), 0);
	vcpu = (struct vcpu_info *)(page + 512);
	EXPECT(vcpu->evtchn_upcall_mask, 1);
	CHECK(ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &vi) < 0, "moved twice");
	int port = bind_ipi();

	port_unmask(port);
	events_on();
	EXPECT(port_send(port), 0);
	EXPECT(event_count[port], 1);
	events_off();
	/* It is referenced now, so it can become no page table. */
	CHECK(page_remap(page, PTE_RO) == 0 && mmuext(MMUEXT_PIN_L1_TABLE, vi.mfn) < 0,
	      "the page of vcpu_info was pinned as a page table");
	vi.mfn = 0x7ffffff;
	CHECK(ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &vi) < 0,
	      "a frame that does not exist");
}
