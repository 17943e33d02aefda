/* SPDX-License-Identifier: MIT */
/*
 * Question: does a privileged operation ask who is calling before anything else?
 *
 * Expected, for an ordinary domain: -EPERM (or -ENOSYS where the call does not exist yet) from
 * every management call, whatever its arguments point to; of domains it learns no more than which
 * numbers there are.
 */
#include "guest.h"

void test_main(void)
{
	static char zero[512];
	static const unsigned int calls[] = {
		__HYPERVISOR_domctl,
		__HYPERVISOR_sysctl,
		__HYPERVISOR_platform_op,
	};

	for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		long good = ringone_call(calls[i], (uint32_t)zero, 0, 0, 0, 0);
		long wild = ringone_call(calls[i], 0xffffff00, 0, 0, 0, 0);

		note("call %u: %ld, with a wild pointer %ld", calls[i], good, wild);
		CHECK(good == -XEN_EPERM || good == -XEN_ENOSYS, "call %u: %ld", calls[i], good);
		EXPECT(wild, good);
	}
	struct xen_memory_domain other = { .domid = 1 };
	mmu_update_t nothing = { 0 };
	unsigned int n = 0;

	EXPECT(ringone_memory_op(XENMEM_current_reservation, &other), -XEN_ESRCH);
	EXPECT(ringone_memory_op(XENMEM_maximum_reservation, &other), -XEN_ESRCH);
	EXPECT(ringone_memory_op(XENMEM_machine_memory_map, zero), -XEN_EPERM);
	CHECK(ringone_mmu_update(&nothing, 1, &n, 1) < 0, "another domain's pages");
	CHECK(ringone_mmu_update(&nothing, 1, &n, DOMID_XEN) < 0, "the hypervisor's pages");
	struct sched_remote_shutdown rs = { .domain_id = 1, .reason = SHUTDOWN_crash };

	CHECK(ringone_sched_op(SCHEDOP_remote_shutdown, &rs) < 0, "killed another domain");
	struct evtchn_status st = { .dom = 1, .port = 1 };

	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), -XEN_ESRCH);
	/* Console output of the hypervisor belongs to the privileged. */
	EXPECT(ringone_console_io(CONSOLEIO_read, 16, zero), -XEN_EPERM);
	mmuext_op_t flush = { .cmd = MMUEXT_FLUSH_CACHE_GLOBAL };

	EXPECT(ringone_mmuext_op(&flush, 1, NULL, DOMID_SELF), -XEN_EINVAL);
	flush.cmd = MMUEXT_FLUSH_CACHE;

	CHECK(ringone_mmuext_op(&flush, 1, &n, DOMID_SELF) < 0, "stopped the machine with WBINVD");
	/* And hardware. */
	EXPECT_FAULT(GP, asm volatile("outb %%al, $0x80" : : "a"(0)));
	struct physdev_set_iopl iopl = { .iopl = 1 };

	note("set_iopl %ld", ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl));
	/* IOPL is the guest's own affair; the ports are not. It may read nothing but ones. */
	uint32_t got = 0xff;
	unsigned int v = probe(asm volatile("xorl %%eax, %%eax; inb $0x71, %%al" : "=a"(got)));

	CHECK(v == GP || (v == NO_FAULT && (got & 0xff) == 0xff), "vector %x, value %x", v, got);
}
