/* SPDX-License-Identifier: MIT */
/*
 * Question: can a pointer given to a hypercall make the hypervisor read or write where the guest
 * itself may not?
 *
 * Expected: -EFAULT from every call for pointers that are unmapped, that lie in the hole, that
 * begin below it and end in it, or that wrap around 4 GiB; nothing is written there. A pointer
 * to read-only guest memory is -EFAULT where the call writes.
 */
#include "guest.h"
#include "mm.h"

static void *bad[8];
static unsigned int n_bad;

static void every_call(void *p)
{
	uint32_t v = (uint32_t)p;

	EXPECT(ringone_xen_version(XENVER_capabilities, p), -XEN_EFAULT);
	EXPECT(ringone_xen_version(XENVER_platform_parameters, p), -XEN_EFAULT);
	EXPECT(ringone_memory_op(XENMEM_machphys_mapping, p), -XEN_EFAULT);
	EXPECT(ringone_memory_op(XENMEM_exchange, p), -XEN_EFAULT);
	EXPECT(ringone_sched_op(SCHEDOP_poll, p), -XEN_EFAULT);
	EXPECT(ringone_vcpu_op(VCPUOP_get_runstate_info, 0, p), -XEN_EFAULT);
	EXPECT(ringone_event_channel_op(EVTCHNOP_status, p), -XEN_EFAULT);
	EXPECT(ringone_mmu_update(p, 1, NULL, DOMID_SELF), -XEN_EFAULT);
	EXPECT(ringone_mmuext_op(p, 1, NULL, DOMID_SELF), -XEN_EFAULT);
	EXPECT(ringone_set_trap_table(p), -XEN_EFAULT);
	EXPECT(ringone_set_gdt(p, 512), -XEN_EFAULT);
	EXPECT(ringone_multicall(p, 1), -XEN_EFAULT);
	EXPECT(ringone_callback_op(CALLBACKOP_register, p), -XEN_EFAULT);
	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, p), -XEN_EFAULT);
	EXPECT(ringone_grant_table_op(GNTTABOP_setup_table, p, 1), -XEN_EFAULT);
	(void)v;
}

void test_main(void)
{
	static mmu_update_t nothing;
	const uint32_t *hv = (const uint32_t *)hole_start;

	bad[n_bad++] = (void *)0x1000;
	bad[n_bad++] = (void *)0x40000000;
	bad[n_bad++] = (void *)m2p_range.v_end;
	bad[n_bad++] = (void *)(m2p_range.v_end + 0x10000);
	bad[n_bad++] = (void *)0xfffff000;
	bad[n_bad++] = (void *)0xfffffffc;
	for (unsigned int i = 0; i < n_bad; i++) {
		note("%p", bad[i]);
		every_call(bad[i]);
	}
	/* The hypervisor's own text and data, wherever they are. */
	for (uint32_t va = m2p_range.v_end; va >= m2p_range.v_end; va += 0x8000)
		if (ringone_console_io(CONSOLEIO_write, 1, (char *)va) != -XEN_EFAULT) {
			guest_fail("a byte at %x was printed", va);
			break;
		}
	/* One element of an update is read by a shorter way than longer arrays are. */
	for (uint32_t va = m2p_range.v_end; va >= m2p_range.v_end; va += 0x8000)
		if (ringone_mmu_update((mmu_update_t *)va, 1, NULL, DOMID_SELF) != -XEN_EFAULT) {
			guest_fail("the words at %x were taken for an update", va);
			break;
		}
	EXPECT(ringone_console_io(CONSOLEIO_write, 0x7fffffff, (char *)m2p_range.v_end),
	       -XEN_EFAULT);
	/* The M2P may be read by the guest, but not written by anybody on its behalf. */
	uint32_t before = *hv;

	EXPECT(ringone_xen_version(XENVER_platform_parameters, (void *)hv), -XEN_EFAULT);
	EXPECT(*hv, before);
	/* The count of elements done is an out parameter like any other. */
	nothing.ptr = virt_to_machine(page_alloc()) | MMU_MACHPHYS_UPDATE;
	nothing.val =
		((uint32_t)mfn_to_virt(nothing.ptr / PAGE_SIZE) - GUEST_VIRT_BASE) / PAGE_SIZE;
	ringone_mmu_update(&nothing, 1, (unsigned int *)hole_start, DOMID_SELF);
	EXPECT(*hv, before);
	/* Read-only memory of the guest's own. */
	EXPECT(ringone_xen_version(XENVER_capabilities, (void *)start_info->pt_base), -XEN_EFAULT);
}
