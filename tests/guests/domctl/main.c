/* SPDX-License-Identifier: MIT */
/*
 * Question: does every domctl do what it says to another domain, for tools of 4.17 and of 4.14, and
 * nothing for who may not ask?
 *
 * Because: whoever can name another domain can take its memory, its registers and its life; and a tool
 * that is answered in another version's layout writes over its own stack.
 *
 * Expected: answers as the interface's domctl.h has them; -EACCES for versions unknown, -ESRCH for
 * domains unknown, -EINVAL for what a domain may not do to itself, and from an ordinary domain -EPERM
 * for every one of them. Processors, clocks, CPUID and devices have domctl-settings.
 */
#include "second.h"
#include "event.h"

#define VERSION_4_14 0x12

static struct second s;

static long call(struct xen_domctl *op, uint32_t version, uint32_t cmd, domid_t id)
{
	op->cmd = cmd;
	op->interface_version = version;
	op->domain = id;
	return ringone_call(__HYPERVISOR_domctl, (uint32_t)op, 0, 0, 0, 0);
}

static long ask(struct xen_domctl *op, uint32_t cmd)
{
	return second_domctl(op, cmd, s.id);
}

static void permission(void)
{
	static struct xen_domctl op;
	static struct xen_sysctl sys;

	for (uint32_t cmd = 0; cmd < 100; cmd++) {
		EXPECT(second_domctl(&op, cmd, 0), -XEN_EPERM);
		EXPECT(second_domctl(&op, cmd, DOMID_SELF), -XEN_EPERM);
		EXPECT(second_sysctl(&sys, cmd), -XEN_EPERM);
	}
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = 0 };
	struct xen_foreign_memory_map map = { .domid = DOMID_SELF, .map.nr_entries = 1 };
	struct xen_memory_domain other = { .domid = 0 };
	mmuext_op_t pin = { .cmd = MMUEXT_PIN_L1_TABLE };

	EXPECT(ringone_memory_op(XENMEM_populate_physmap, &r), 0); /* none */
	EXPECT(ringone_memory_op(XENMEM_decrease_reservation, &r), 0);
	EXPECT(ringone_memory_op(XENMEM_current_reservation, &other), -XEN_EPERM);
	other.domid = 77;
	EXPECT(ringone_memory_op(XENMEM_current_reservation, &other), -XEN_ESRCH);
	EXPECT(ringone_mmuext_op(&pin, 1, NULL, 77), -XEN_ESRCH);
	EXPECT(ringone_mmuext_op(&pin, 1, NULL, DOMID_IO), -XEN_EPERM);
	EXPECT(ringone_memory_op(XENMEM_set_memory_map, &map), -XEN_EPERM);
	EXPECT(ringone_mmuext_op(&pin, 1, NULL, 0), -XEN_EPERM);
	EXPECT(second_map(page_alloc(), 0, start_info->shared_info / PAGE_SIZE, PTE_RO),
	       -XEN_EPERM);
}

/* What the tools allowed it: four grant frames, ports up to 98. */
static void limited(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	struct gnttab_setup_table t = { .dom = DOMID_SELF, .nr_frames = 5 };
	static xen_pfn_t frames[8];

	EXPECT(ringone_grant_table_op(GNTTABOP_query_size, &q, 1), 0);
	EXPECT(q.max_nr_frames, 4);
	set_xen_guest_handle(t.frame_list, frames);
	EXPECT(ringone_grant_table_op(GNTTABOP_setup_table, &t, 1), 0);
	EXPECT(t.status, GNTST_general_error);
	for (unsigned int i = 0; i < 99; i++) {
		struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = 0 };

		EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a),
		       i < 98 ? 0 : -XEN_ENOSPC);
	}
}

static void waits(void)
{
	limited();
	second_mail->word[1] = 1;
	while (!second_mail->word[3])
		second_mail->word[2]++;
	/* What the tools have called it since (memory()). */
	static xen_domain_handle_t handle;

	EXPECT(ringone_xen_version(XENVER_guest_handle, handle), 0);
	EXPECT(handle[15], 15);
}

static void versions(void)
{
	struct xen_domctl op = { 0 };

	EXPECT(call(&op, 0, XEN_DOMCTL_getdomaininfo, 0), -XEN_EACCES);
	EXPECT(call(&op, 0x14, XEN_DOMCTL_getdomaininfo, 0), -XEN_EACCES);
	EXPECT(call(&op, XEN_DOMCTL_INTERFACE_VERSION, 0, 0), -XEN_ENOSYS);
	EXPECT(call(&op, XEN_DOMCTL_INTERFACE_VERSION, 1000, 0), -XEN_ENOSYS);
	EXPECT(ringone_call(__HYPERVISOR_domctl, 0xffffff00, 0, 0, 0, 0), -XEN_EFAULT);

	/* createdomain of 4.14: arch directly behind max_maptrack_frames, 48 bytes in all. */
	struct {
		uint32_t cmd, version;
		domid_t domain;
		uint16_t pad[3];
		uint32_t u[28];
	} old = { 0 };

	old.cmd = XEN_DOMCTL_createdomain;
	old.version = VERSION_4_14;
	old.u[7] = 1;           /* max_vcpus */
	old.u[8] = 1023;        /* max_evtchn_port */
	old.u[12] = 0x12345678; /* behind the end: no part of it */
	EXPECT(ringone_call(__HYPERVISOR_domctl, (uint32_t)&old, 0, 0, 0, 0), 0);
	domid_t id = old.domain;

	CHECK(id && id < DOMID_FIRST_RESERVED, "number %u", id);
	EXPECT(old.u[12], 0x12345678);
	/* getdomaininfo of 4.14 has 104 bytes; the handle stands where it does today. */
	memset(&old, 0xa5, sizeof(old));
	old.cmd = XEN_DOMCTL_getdomaininfo;
	old.version = VERSION_4_14;
	old.domain = id;
	EXPECT(ringone_call(__HYPERVISOR_domctl, (uint32_t)&old, 0, 0, 0, 0), 0);
	EXPECT(old.u[0] & 0xffff, id);
	EXPECT(old.u[1], XEN_DOMINF_paused);
	EXPECT(old.u[25], 0);
	EXPECT(old.u[26], 0xa5a5a5a5);
	EXPECT(call(&op, VERSION_4_14, XEN_DOMCTL_destroydomain, id), 0);
}

static void limits(void)
{
	struct xen_domctl_createdomain good = { .max_vcpus = 1,
						.grant_opts = XEN_DOMCTL_GRANT_version(1) };
	struct xen_domctl op = { 0 };

	op.u.createdomain = good;
	op.u.createdomain.max_vcpus = 0;
	EXPECT(second_domctl(&op, XEN_DOMCTL_createdomain, 0), -XEN_EINVAL);
	op.u.createdomain.max_vcpus = 129;
	EXPECT(second_domctl(&op, XEN_DOMCTL_createdomain, 0), -XEN_EINVAL);
	op.u.createdomain = good;
	op.u.createdomain.flags = XEN_DOMCTL_CDF_hvm;
	EXPECT(second_domctl(&op, XEN_DOMCTL_createdomain, 0), -XEN_EINVAL);
	op.u.createdomain = good;
	EXPECT(ask(&op, XEN_DOMCTL_createdomain), -XEN_EEXIST);
	/* There is no port before there is a VCPU that it could notify. */
	op.u.createdomain.max_evtchn_port = 10;
	EXPECT(second_domctl(&op, XEN_DOMCTL_createdomain, 0), 0);
	domid_t without = op.domain;
	struct evtchn_alloc_unbound a = { .dom = without, .remote_dom = 0 };

	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), -XEN_EINVAL);
	op.u.max_vcpus.max = 1;
	EXPECT(second_domctl(&op, XEN_DOMCTL_max_vcpus, without), 0);
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	EXPECT(second_domctl(&op, XEN_DOMCTL_destroydomain, without), 0);

	/* Nobody does these to itself, nor to who is not there. */
	static const uint32_t others[] = { XEN_DOMCTL_destroydomain,  XEN_DOMCTL_pausedomain,
					   XEN_DOMCTL_unpausedomain,  XEN_DOMCTL_setvcpucontext,
					   XEN_DOMCTL_getvcpucontext, XEN_DOMCTL_max_vcpus };

	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		EXPECT(second_domctl(&op, others[i], 0), -XEN_EINVAL);
		EXPECT(second_domctl(&op, others[i], DOMID_SELF), -XEN_EINVAL);
		EXPECT(second_domctl(&op, others[i], 0x7000), -XEN_ESRCH);
	}
	op.u.address_size.size = 64;
	EXPECT(ask(&op, XEN_DOMCTL_set_address_size), -XEN_EINVAL);
	op.u.address_size.size = 32;
	EXPECT(ask(&op, XEN_DOMCTL_set_address_size), 0);
	op.u.address_size.size = 0;
	EXPECT(ask(&op, XEN_DOMCTL_get_address_size), 0);
	EXPECT(op.u.address_size.size, 32);
	op.u.max_vcpus.max = 2;
	EXPECT(ask(&op, XEN_DOMCTL_max_vcpus), -XEN_EINVAL);
}

static void pauses(void)
{
	struct xen_domctl_getdomaininfo info;
	struct xen_domctl op = { 0 };
	uint32_t count;

	second_unpause(&s);
	CHECK(second_wait_word(&s, 1, 1, 2000), "it does not run");
	EXPECT(ask(&op, XEN_DOMCTL_unpausedomain), -XEN_EINVAL); /* it is not paused */
	EXPECT(ask(&op, XEN_DOMCTL_pausedomain), 0);
	EXPECT(ask(&op, XEN_DOMCTL_pausedomain), 0);
	EXPECT(ask(&op, XEN_DOMCTL_unpausedomain), 0); /* once is not enough */
	count = s.mail->word[2];
	for (uint64_t end = now_ns() + 50 * NS_MS; now_ns() < end;)
		ringone_sched_op(SCHEDOP_yield, NULL);
	EXPECT(s.mail->word[2], count);
	EXPECT(second_info(s.id, &info), 0);
	EXPECT(info.flags & (XEN_DOMINF_paused | XEN_DOMINF_dying | XEN_DOMINF_shutdown),
	       XEN_DOMINF_paused);
	EXPECT(info.tot_pages, s.nr_pages - 0x100);
	EXPECT(info.max_vcpu_id, 0);
	EXPECT(info.nr_online_vcpus, 1);
	CHECK(info.cpu_time > 0, "it has used no time");
	EXPECT(ask(&op, XEN_DOMCTL_resumedomain), -XEN_EINVAL); /* it was not suspended */
}

static void vcpus(void)
{
	static struct vcpu_guest_context c;
	struct xen_domctl op = { 0 };

	op.u.getvcpuinfo.vcpu = 1;
	EXPECT(ask(&op, XEN_DOMCTL_getvcpuinfo), -XEN_ESRCH);
	op.u.getvcpuinfo.vcpu = 0;
	EXPECT(ask(&op, XEN_DOMCTL_getvcpuinfo), 0);
	EXPECT(op.u.getvcpuinfo.online, 1);
	EXPECT(op.u.getvcpuinfo.running, 0);
	EXPECT(op.u.getvcpuinfo.blocked, 0);

	op.u.vcpucontext.vcpu = 1;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, &c);
	EXPECT(ask(&op, XEN_DOMCTL_getvcpucontext), -XEN_ESRCH);
	EXPECT(ask(&op, XEN_DOMCTL_setvcpucontext), -XEN_ESRCH);
	op.u.vcpucontext.vcpu = 8; /* no domain can have it */
	EXPECT(ask(&op, XEN_DOMCTL_getvcpucontext), -XEN_ESRCH);
	op.u.vcpucontext.vcpu = 0;
	EXPECT(ask(&op, XEN_DOMCTL_getvcpucontext), 0);
	EXPECT(c.user_regs.cs & 0xffff, FLAT_KERNEL_CS);
	CHECK(c.user_regs.eip > GUEST_VIRT_BASE, "eip %x", c.user_regs.eip);
	CHECK(c.flags & VGCF_online, "flags %x", (unsigned int)c.flags);
	CHECK(c.trap_ctxt[PF].address, "no handler for page faults");
	/* What was read can be written back, but no selector of the hypervisor's. */
	EXPECT(ask(&op, XEN_DOMCTL_setvcpucontext), 0);
	uint32_t cs = c.trap_ctxt[PF].cs;

	c.trap_ctxt[PF].cs = 0xe008;
	CHECK(ask(&op, XEN_DOMCTL_setvcpucontext) < 0, "a handler in ring 0");
	c.trap_ctxt[PF].cs = cs;
	EXPECT(ask(&op, XEN_DOMCTL_setvcpucontext), 0);

	memset(&op.u, 0, sizeof(op.u));
	op.u.ext_vcpucontext.size = 128;
	op.u.ext_vcpucontext.sysenter_callback_cs = FLAT_KERNEL_CS;
	op.u.ext_vcpucontext.sysenter_callback_eip = 0xc0101000;
	EXPECT(ask(&op, XEN_DOMCTL_set_ext_vcpucontext), 0);
	memset(&op.u, 0, sizeof(op.u));
	EXPECT(ask(&op, XEN_DOMCTL_get_ext_vcpucontext), 0);
	EXPECT(op.u.ext_vcpucontext.sysenter_callback_eip, 0xc0101000);
	op.u.ext_vcpucontext.vcpu = 1;
	EXPECT(ask(&op, XEN_DOMCTL_get_ext_vcpucontext), -XEN_ESRCH);
}

static void frames(void)
{
	static xen_pfn_t kinds[4];
	struct xen_domctl op = { 0 };
	uint8_t *page = page_alloc();

	/* Behind the image: start_info, two pages of p2m, L3, L2, L1. */
	kinds[0] = s.p2m[s.nr_pages - 10];
	kinds[1] = s.p2m[s.nr_pages - 9];
	kinds[2] = s.p2m[s.nr_pages - 8];
	kinds[3] = start_info->shared_info / PAGE_SIZE; /* not its own */
	op.u.getpageframeinfo3.num = 4;
	set_xen_guest_handle(op.u.getpageframeinfo3.array, kinds);
	EXPECT(ask(&op, XEN_DOMCTL_getpageframeinfo3), 0);
	EXPECT(kinds[0], XEN_DOMCTL_PFINFO_L3TAB | XEN_DOMCTL_PFINFO_LPINTAB);
	EXPECT(kinds[1], XEN_DOMCTL_PFINFO_L2TAB);
	EXPECT(kinds[2], XEN_DOMCTL_PFINFO_L1TAB);
	EXPECT(kinds[3], XEN_DOMCTL_PFINFO_XTAB);

	op.u.hypercall_init.gmfn = s.p2m[s.nr_pages - 1];
	EXPECT(ask(&op, XEN_DOMCTL_hypercall_init), 0);
	EXPECT(second_map(page, s.id, s.p2m[s.nr_pages - 1], PTE_RO), 0);
	CHECK(!memcmp(page + 32, "\xb8\x01\0\0\0\xcd\x82", 7), "no hypercall entry");
	EXPECT(second_map(page, DOMID_SELF, 0, 0), 0);
	/* Neither a table nor another's frame becomes one. */
	op.u.hypercall_init.gmfn = s.p2m[s.nr_pages - 10];
	EXPECT(ask(&op, XEN_DOMCTL_hypercall_init), -XEN_EACCES);
	op.u.hypercall_init.gmfn = virt_to_mfn(page_alloc());
	EXPECT(ask(&op, XEN_DOMCTL_hypercall_init), -XEN_EACCES);
	/* A domain that is gone: nothing was done, and that is what the caller's number says. */
	mmu_update_t u = { 0 };
	mmuext_op_t pin = { .cmd = MMUEXT_PIN_L1_TABLE };
	unsigned int done = 77;

	EXPECT(ringone_mmu_update(&u, 1, &done, 0x7000), -XEN_ESRCH);
	EXPECT(done, 0);
	done = 77;
	EXPECT(ringone_mmuext_op(&pin, 1, &done, 0x7000), -XEN_ESRCH);
	EXPECT(done, 0);
	/* Nor does a mapping from outside make a table writable. */
	EXPECT(second_map(page, s.id, s.p2m[s.nr_pages - 10], PTE_RW), -XEN_EBUSY);
	EXPECT(second_map(page, s.id, virt_to_mfn(page_alloc()), PTE_RW), -XEN_EBUSY);
}

/* Declared shut down from outside, and resumed, as after a suspend that was called off. */
static void remote(void)
{
	struct sched_remote_shutdown rs = { .domain_id = s.id, .reason = SHUTDOWN_suspend };
	struct xen_domctl op = { 0 };

	EXPECT(ringone_sched_op(SCHEDOP_remote_shutdown, &rs), 0);
	EXPECT(second_wait(&s, 0), SHUTDOWN_suspend);
	EXPECT(ask(&op, XEN_DOMCTL_resumedomain), 0);
	EXPECT(ask(&op, XEN_DOMCTL_resumedomain), -XEN_EINVAL);
	EXPECT(second_wait(&s, 0), -1);
	rs.domain_id = 0;
	EXPECT(ringone_sched_op(SCHEDOP_remote_shutdown, &rs), -XEN_EPERM);
	rs.domain_id = 0x7000;
	EXPECT(ringone_sched_op(SCHEDOP_remote_shutdown, &rs), -XEN_ESRCH);
}

static void memory(void)
{
	static const struct {
		uint64_t addr, size;
		uint32_t type;
	} __attribute__((packed)) map[1] = { { 0, 16 << 20, 1 } };
	struct xen_foreign_memory_map f = { .domid = s.id, .map.nr_entries = 1 };
	struct xen_memory_domain q = { .domid = s.id };
	xen_pfn_t extra[2] = { 0, 1 };
	struct xen_memory_reservation r = { .nr_extents = 2, .domid = s.id };
	struct xen_domctl op = { 0 };
	unsigned int has = s.nr_pages - 0x100;

	EXPECT(ringone_memory_op(XENMEM_current_reservation, &q), has);
	op.u.max_mem.max_memkb = (has + 1) * 4;
	EXPECT(ask(&op, XEN_DOMCTL_max_mem), 0);
	EXPECT(ringone_memory_op(XENMEM_maximum_reservation, &q), has + 1);
	set_xen_guest_handle(r.extent_start, extra);
	EXPECT(ringone_memory_op(XENMEM_populate_physmap, &r), 1);
	EXPECT(ringone_memory_op(XENMEM_current_reservation, &q), has + 1);
	r.nr_extents = 1;
	EXPECT(ringone_memory_op(XENMEM_decrease_reservation, &r), 1);
	EXPECT(ringone_memory_op(XENMEM_current_reservation, &q), has);
	set_xen_guest_handle(f.map.buffer, (void *)map);
	EXPECT(ringone_memory_op(XENMEM_set_memory_map, &f), 0);
	f.map.nr_entries = 1000;
	EXPECT(ringone_memory_op(XENMEM_set_memory_map, &f), -XEN_EINVAL);
	f.domid = 0x7000;
	f.map.nr_entries = 1;
	EXPECT(ringone_memory_op(XENMEM_set_memory_map, &f), -XEN_ESRCH);

	for (unsigned int i = 0; i < 16; i++)
		op.u.setdomainhandle.handle[i] = i;
	EXPECT(ask(&op, XEN_DOMCTL_setdomainhandle), 0);
	struct xen_domctl_getdomaininfo info;

	EXPECT(second_info(s.id, &info), 0);
	EXPECT(info.handle[15], 15);
}

void test_main(void)
{
	struct xen_domctl op = { 0 };

	second_need();
	second_make(&s, permission);
	second_unpause(&s);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
	versions();
	s.max_port = 98;
	second_make(&s, waits);
	s.max_port = 0;
	limits();
	pauses();
	vcpus();
	frames();
	memory();
	remote();
	/* It goes on as if nothing had been. */
	s.mail->word[3] = 1;
	EXPECT(ask(&op, XEN_DOMCTL_unpausedomain), 0);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
}
