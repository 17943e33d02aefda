/* SPDX-License-Identifier: MIT */
/*
 * Question: what is a domain told that asks for what it cannot have?
 *
 * Because: drivers and kernels were written against the answers of one hypervisor, and some tell one
 * error from another: -EBUSY from -EINVAL, a status of a grant from the next, "none" from an error.
 *
 * Expected: the numbers below, on Ringone and on Xen alike.
 */
#include "second.h"
#include "grants.h"
#include "event.h"

#define VA      0x52000000ul
#define NOBODY  77 /* the number of no domain */
#define ALLOWED 8  /* references */
#define INVALID 9
#define TO_READ 10
#define FOREIGN 11
#define A_TABLE 12
#define NO_PTR  0x00001000u /* nothing is mapped there */

static long poll_for(evtchn_port_t port)
{
	struct sched_poll p = { .nr_ports = 1, .timeout = now_ns() + 5 * NS_MS };

	set_xen_guest_handle(p.ports, &port);
	return ringone_sched_op(SCHEDOP_poll, &p);
}

static long unmask(evtchn_port_t port)
{
	return ringone_event_channel_op(EVTCHNOP_unmask, &(struct evtchn_unmask){ .port = port });
}

static long priority(evtchn_port_t port)
{
	return ringone_event_channel_op(EVTCHNOP_set_priority,
					&(struct evtchn_set_priority){ .port = port });
}

static void events(void)
{
	evtchn_port_t bound = bind_ipi(), free = bind_ipi();
	struct evtchn_status st = { .dom = DOMID_SELF, .port = free };
	struct evtchn_alloc_unbound own = { .dom = 0, .remote_dom = 0 };

	EXPECT(port_close(free), 0);
	vcpu->evtchn_upcall_mask = 1;
	vcpu->evtchn_upcall_pending = 0;
	/* To wait for what never comes is an error, and not a sleep. */
	EXPECT(poll_for(bound), 0);
	EXPECT(poll_for(free), -XEN_EINVAL);
	EXPECT(poll_for(0), -XEN_EINVAL);
	EXPECT(poll_for(1000), -XEN_EINVAL);
	/* Ports are there 64 at a time, in use or not. */
	EXPECT(unmask(free), 0);
	EXPECT(unmask(0), 0);
	EXPECT(unmask(1000), -XEN_EINVAL);
	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), 0);
	EXPECT(st.status, EVTCHNSTAT_closed);
	st.port = 1000;
	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), -XEN_EINVAL);
	st.dom = NOBODY;
	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), -XEN_ESRCH);
	EXPECT(priority(bound), -XEN_ENOSYS); /* no FIFO */
	EXPECT(priority(1000), -XEN_EINVAL);
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &own), 0);
	EXPECT(port_close(own.port), 0);
	own.dom = NOBODY;
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &own), -XEN_ESRCH);
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_virq,
					&(struct evtchn_bind_virq){ .virq = VIRQ_ARCH_0,
								    .vcpu = 1 }),
	       -XEN_EINVAL);
	EXPECT(ringone_event_channel_op(EVTCHNOP_reset, &(struct evtchn_reset){ .dom = NOBODY }),
	       -XEN_ESRCH);
	EXPECT(port_close(bound), 0);
}

/* A page of memory that is nobody's: of the machine-to-physical table. */
static xen_pfn_t foreign_frame(void)
{
	xen_pfn_t frames[1] = { 0 };
	struct xen_machphys_mfn_list list = { .max_extents = 1 };

	set_xen_guest_handle(list.extent_start, frames);
	EXPECT(ringone_memory_op(XENMEM_machphys_mfn_list, &list), 0);
	return frames[0];
}

static int map(grant_ref_t ref, uint32_t flags)
{
	grant_handle_t h;

	return grant_map_at(VA, 0, ref, flags, &h);
}

static int copy(domid_t from, uint32_t what, domid_t to, uint32_t where, uint16_t flags)
{
	struct gnttab_copy c = { .source.domid = from,
				 .source.u.gmfn = what,
				 .dest.domid = to,
				 .dest.u.gmfn = where,
				 .len = 4,
				 .flags = flags,
				 .status = 99 };

	EXPECT(ringone_grant_table_op(GNTTABOP_copy, &c, 1), 0);
	return c.status;
}

static int replace(unsigned long addr, unsigned long by, grant_handle_t h)
{
	struct gnttab_unmap_and_replace r = {
		.host_addr = addr, .new_addr = by, .handle = h, .status = 99
	};

	EXPECT(ringone_grant_table_op(GNTTABOP_unmap_and_replace, &r, 1), 0);
	return r.status;
}

static void grants(void)
{
	struct gnttab_swap_grant_ref same = { .ref_a = ALLOWED, .ref_b = ALLOWED, .status = 99 };
	struct gnttab_set_version v = { .version = 3 };
	struct gnttab_query_size q = { .dom = NOBODY };
	xen_pfn_t page = virt_to_mfn(page_alloc()), other = virt_to_mfn(page_alloc());
	grant_handle_t h;

	grants_setup();
	grant(ALLOWED, 0, page, GTF_permit_access);
	grant(TO_READ, 0, page, GTF_permit_access | GTF_readonly);
	grant(FOREIGN, 0, foreign_frame(), GTF_permit_access);
	grant(A_TABLE, 0, virt_to_mfn(l3_table), GTF_permit_access);
	EXPECT(map(INVALID, GNTMAP_host_map), GNTST_general_error);
	EXPECT(map(TO_READ, GNTMAP_host_map), GNTST_general_error);
	EXPECT(map(100000, GNTMAP_host_map), GNTST_bad_gntref);
	EXPECT(map(ALLOWED, GNTMAP_readonly), GNTST_bad_gntref);
	EXPECT(map(FOREIGN, GNTMAP_host_map), GNTST_bad_page);
	EXPECT(map(A_TABLE, GNTMAP_host_map), GNTST_general_error);
	EXPECT(map(A_TABLE, GNTMAP_device_map), GNTST_general_error);
	EXPECT(grant_map_at(VA, DOMID_SELF, ALLOWED, GNTMAP_host_map, &h), GNTST_bad_domain);
	EXPECT(grant_map_at(VA, NOBODY, ALLOWED, GNTMAP_host_map, &h), GNTST_bad_domain);
	EXPECT(grant_map_at(0x7f000000, 0, ALLOWED, GNTMAP_host_map, &h), GNTST_general_error);
	EXPECT(grant_table[ALLOWED].flags, GTF_permit_access);

	EXPECT(map(ALLOWED, GNTMAP_host_map), GNTST_okay);
	EXPECT(ringone_grant_table_op(GNTTABOP_swap_grant_ref, &same, 1), 0);
	EXPECT(same.status, GNTST_okay);
	EXPECT(grant_map_at(VA, 0, ALLOWED, GNTMAP_host_map, &h), GNTST_okay);
	EXPECT(grant_unmap_at(VA + PAGE_SIZE, 0, h), GNTST_general_error);
	EXPECT(replace(VA, 0, h), GNTST_okay); /* by nothing */
	EXPECT(probe(*(volatile int *)VA), PF);
	EXPECT(grant_map_at(0, 0, ALLOWED, GNTMAP_device_map, &h), GNTST_okay);
	EXPECT(grant_unmap_at(0, 1, h), GNTST_bad_dev_addr);
	EXPECT(grant_unmap_at(0, (uint64_t)page << 12, h), GNTST_okay);

	/* By frame number only DOMID_SELF's, and that is asked before who there is. */
	EXPECT(copy(DOMID_SELF, page, DOMID_SELF, other, 0), GNTST_okay);
	EXPECT(copy(0, page, DOMID_SELF, other, 0), GNTST_permission_denied);
	EXPECT(copy(NOBODY, page, DOMID_SELF, other, 0), GNTST_permission_denied);
	EXPECT(copy(DOMID_SELF, foreign_frame(), DOMID_SELF, other, 0), GNTST_bad_page);
	EXPECT(copy(DOMID_SELF, page, DOMID_SELF, virt_to_mfn(l3_table), 0), GNTST_general_error);
	EXPECT(copy(NOBODY, TO_READ, DOMID_SELF, other, GNTCOPY_source_gref), GNTST_bad_domain);
	EXPECT(copy(0, TO_READ, DOMID_SELF, other, GNTCOPY_source_gref), GNTST_okay);
	EXPECT(copy(DOMID_SELF, TO_READ, DOMID_SELF, other, GNTCOPY_source_gref), GNTST_okay);
	EXPECT(copy(0, INVALID, DOMID_SELF, other, GNTCOPY_source_gref), GNTST_general_error);
	EXPECT(copy(DOMID_SELF, page, 0, TO_READ, GNTCOPY_dest_gref), GNTST_general_error);

	EXPECT(ringone_grant_table_op(GNTTABOP_query_size, &q, 1), 0);
	EXPECT(q.status, GNTST_bad_domain);
	EXPECT(ringone_grant_table_op(GNTTABOP_set_version, &v, 1), -XEN_EINVAL);
	EXPECT(v.version, 1); /* the one there is */
}

static long map_frame(xen_pfn_t m, uint64_t flags)
{
	return ringone_update_va_mapping(VA, (uint64_t)m << 12 | flags, UVMF_INVLPG);
}

static long update(uint32_t how, unsigned int domids)
{
	mmu_update_t u = { .ptr = ((uint64_t)virt_to_machine(l1_entry(VA))) | how };

	return ringone_call(__HYPERVISOR_mmu_update, (uint32_t)&u, 1, 0, domids, 0);
}

static void tables(void)
{
	void *page = page_alloc();
	xen_pfn_t m = virt_to_mfn(page);

	map_page(VA, m, PTE_RW);
	EXPECT(map_frame(virt_to_mfn(l3_table), PTE_RW), -XEN_EBUSY);
	EXPECT(map_frame(virt_to_mfn(l3_table), PTE_RO), 0);
	EXPECT(page_remap(page, PTE_RO), 0);
	EXPECT(map_frame(m, 0), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, m), 0);
	EXPECT(map_frame(m, PTE_RW), -XEN_EBUSY);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, m), -XEN_EINVAL); /* it is */
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, m), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, m), -XEN_EINVAL);
	EXPECT(page_remap(page, PTE_RW), 0);

	for (uint32_t how = 4; how < 8; how++)
		EXPECT(update(how, DOMID_SELF), -XEN_ENOSYS);
	EXPECT(update(0, DOMID_SELF), 0);
	/* Here whoever means himself says DOMID_SELF; whose the tables are, his number. */
	EXPECT(update(0, 0), -XEN_ESRCH);
	EXPECT(update(0, NOBODY), -XEN_ESRCH);
	EXPECT(update(0, 1u << 16 | DOMID_SELF), 0);
	EXPECT(update(0, (DOMID_SELF + 1u) << 16 | DOMID_SELF), -XEN_ESRCH);
	EXPECT(update(0, (NOBODY + 1u) << 16 | DOMID_SELF), -XEN_ESRCH);
	EXPECT(ringone_update_va_mapping_otherdomain(VA, 0, UVMF_NONE, 0), -XEN_ESRCH);
}

static long for_domain(uint32_t cmd, domid_t dom)
{
	mmuext_op_t op = { .cmd = cmd };

	return ringone_mmuext_op(&op, 1, NULL, dom);
}

static void operations(void)
{
	static const uint8_t own[] = {
		MMUEXT_NEW_BASEPTR,     MMUEXT_TLB_FLUSH_LOCAL, MMUEXT_INVLPG_LOCAL,
		MMUEXT_TLB_FLUSH_MULTI, MMUEXT_INVLPG_MULTI,    MMUEXT_TLB_FLUSH_ALL,
		MMUEXT_INVLPG_ALL,      MMUEXT_FLUSH_CACHE,     MMUEXT_FLUSH_CACHE_GLOBAL,
		MMUEXT_SET_LDT,
	};
	mmuext_op_t op = { .cmd = MMUEXT_TLB_FLUSH_MULTI };
	uint64_t entry = (uint64_t)virt_to_mfn(page_alloc()) << 12 | PTE_RO;

	for (unsigned int i = 0; i < sizeof(own); i++)
		EXPECT(for_domain(own[i], DOMID_IO), -XEN_EPERM);
	EXPECT(for_domain(MMUEXT_TLB_FLUSH_LOCAL, 0), -XEN_ESRCH);
	EXPECT(for_domain(MMUEXT_PIN_L4_TABLE, DOMID_SELF), 0);
	op.arg2.vcpumask.p = (void *)NO_PTR;
	EXPECT(ringone_mmuext_op(&op, 1, NULL, DOMID_SELF), -XEN_EINVAL);
	/* What was asked for is done, but not the flush. */
	EXPECT(ringone_update_va_mapping(VA, entry, UVMF_TLB_FLUSH | NO_PTR), -XEN_EFAULT);
	EXPECT(*l1_entry(VA) & ~(PTE_D | PTE_A), entry & ~PTE_A);
	EXPECT(ringone_update_va_mapping(VA, 0, UVMF_TLB_FLUSH | UVMF_LOCAL), 0);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, 0x123, 0), 0);
}

static long populate(domid_t domid, unsigned long extents, unsigned int flags)
{
	static xen_pfn_t frames[1];
	struct xen_memory_reservation r = { .domid = domid,
					    .nr_extents = extents,
					    .mem_flags = flags };

	set_xen_guest_handle(r.extent_start, frames);
	return ringone_memory_op(XENMEM_populate_physmap, &r);
}

static void memory(void)
{
	struct xen_memory_domain nobody = { .domid = NOBODY };

	/* None: not an error. */
	EXPECT(ringone_memory_op(XENMEM_populate_physmap, (void *)NO_PTR), 0);
	EXPECT(populate(NOBODY, 1, 0), 0);
	EXPECT(populate(DOMID_SELF, 0xffffffff, 0), 0);
	EXPECT(populate(DOMID_SELF, 1, XENMEMF_address_bits(5)), 0);
	EXPECT(populate(DOMID_SELF, 1, XENMEMF_populate_on_demand), 0);
	EXPECT(populate(DOMID_SELF, 1, XENMEMF_node(100)), 0);
	EXPECT(ringone_memory_op(XENMEM_current_reservation, &nobody), -XEN_ESRCH);
	EXPECT(ringone_memory_op(XENMEM_maximum_gpfn, &nobody), -XEN_ESRCH);
}

static void registers(void)
{
	struct vcpu_register_vcpu_info r = { .mfn = virt_to_mfn(page_alloc()), .offset = 4090 };
	struct ringone_cpuid time, cpu;

	EXPECT(ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &r), -XEN_ENXIO);
	r.offset = 2;
	EXPECT(ringone_vcpu_op(VCPUOP_register_vcpu_info, 0, &r), -XEN_ENXIO);
	EXPECT(ringone_set_debugreg(8, 0), -XEN_ENODEV);
	EXPECT(ringone_set_debugreg(7, 1 << 13), -XEN_EPERM); /* GD */
	EXPECT(ringone_get_debugreg(9), -XEN_ENODEV);
	EXPECT(ringone_xen_version(XENVER_pagesize, NULL), PAGE_SIZE);
	EXPECT(ringone_xen_version(XENVER_pagesize, &r), -XEN_EINVAL);
	EXPECT(ringone_call(__HYPERVISOR_set_gdt, NO_PTR, 7168, 0, 0, 0), -XEN_EFAULT);
	EXPECT(ringone_vcpu_op(VCPUOP_initialise, 0, (void *)NO_PTR), -XEN_EFAULT);
	ringone_forced_cpuid(0x40000003, 0, &time);
	ringone_forced_cpuid(0x40000003, 2, &cpu);
	CHECK(cpu.eax > 1000, "CPUID says %u kHz", cpu.eax);
	CHECK(time.ecx == (on_ringone ? cpu.eax : 0), "%u kHz",
	      time.ecx); /* nothing to Xen's dom0 */
}

/* A breakpoint in the kernel itself, however it registered the vector. */
static void breakpoint(void)
{
	extern const uint32_t guest_stubs[];
	struct trap_info table[2] = {
		{ .vector = BP, .cs = FLAT_KERNEL_CS, .address = guest_stubs[BP] }
	};

	EXPECT(ringone_set_trap_table(table), 0);
	EXPECT_FAULT(BP, asm volatile("int3"));
}

void test_main(void)
{
	map_page(VA, virt_to_mfn(page_alloc()), PTE_RW); /* its tables */
	EXPECT(ringone_update_va_mapping(VA, 0, UVMF_INVLPG), 0);
	events();
	grants();
	tables();
	operations();
	memory();
	registers();
	breakpoint();
}
