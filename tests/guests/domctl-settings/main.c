/* SPDX-License-Identifier: MIT */
/*
 * Question: does another domain get what tools set for it, shares of the processor, clock, features
 * and devices, and no more than can be given?
 *
 * Because: these are what tools take from a person's config file, with numbers that he may mistype;
 * and what is given of the hardware is given for good reasons, or not at all.
 *
 * Expected: what was set is read back; a weight of 0, a processor that is not there, a feature that
 * nobody has, lists without end and ports of the hypervisor's are refused; the domain can use the
 * devices that it was given, no other ones, and its clock goes as it was told.
 */
#include "second.h"
#include "event.h"

static struct second s;

static long ask(struct xen_domctl *op, uint32_t cmd)
{
	return second_domctl(op, cmd, s.id);
}

static void ends(void)
{
}

static void scheduling(void)
{
	struct xen_domctl op = { 0 };
	uint8_t hard[2] = { 0xff, 0xff }, soft[2] = { 2, 0 };

	op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	EXPECT(ask(&op, XEN_DOMCTL_scheduler_op), 0);
	EXPECT(op.u.scheduler_op.u.credit2.weight, 256);
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	op.u.scheduler_op.u.credit2.weight = 0;
	EXPECT(ask(&op, XEN_DOMCTL_scheduler_op), -XEN_EINVAL);
	op.u.scheduler_op.u.credit2.weight = 512;
	op.u.scheduler_op.u.credit2.cap = 50;
	EXPECT(ask(&op, XEN_DOMCTL_scheduler_op), 0);
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	EXPECT(ask(&op, XEN_DOMCTL_scheduler_op), 0);
	EXPECT(op.u.scheduler_op.u.credit2.weight, 512);
	EXPECT(op.u.scheduler_op.u.credit2.cap, 50);
	op.u.scheduler_op.sched_id = XEN_SCHEDULER_RTDS;
	EXPECT(ask(&op, XEN_DOMCTL_scheduler_op), -XEN_EINVAL);

	memset(&op.u, 0, sizeof(op.u));
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
	op.u.vcpuaffinity.cpumap_hard.nr_bits = op.u.vcpuaffinity.cpumap_soft.nr_bits = 9;
	set_xen_guest_handle(op.u.vcpuaffinity.cpumap_hard.bitmap, hard);
	set_xen_guest_handle(op.u.vcpuaffinity.cpumap_soft.bitmap, soft);
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuaffinity), 0);
	EXPECT(hard[0], 1); /* of them, those there are */
	EXPECT(hard[1], 0);
	EXPECT(ask(&op, XEN_DOMCTL_getvcpuaffinity), 0);
	EXPECT(hard[0], 0xff);
	EXPECT(soft[0], 2);
	hard[0] = 0xfe;
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuaffinity), -XEN_EINVAL);
	op.u.vcpuaffinity.vcpu = 1;
	EXPECT(ask(&op, XEN_DOMCTL_getvcpuaffinity), -XEN_EINVAL);
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuaffinity), -XEN_EINVAL);
	op.u.vcpuaffinity.vcpu = 8;
	EXPECT(ask(&op, XEN_DOMCTL_getvcpuaffinity), -XEN_EINVAL);

	memset(&op.u, 0, sizeof(op.u));
	op.u.nodeaffinity.nodemap.nr_bits = 1;
	set_xen_guest_handle(op.u.nodeaffinity.nodemap.bitmap, hard);
	EXPECT(ask(&op, XEN_DOMCTL_setnodeaffinity), -XEN_EINVAL);
	EXPECT(ask(&op, XEN_DOMCTL_getnodeaffinity), 0);
	EXPECT(hard[0], 1);
	EXPECT(ask(&op, XEN_DOMCTL_setnodeaffinity), 0);
}

static void settings(void)
{
	static xen_cpuid_leaf_t leaves[256];
	static xen_msr_entry_t msrs[2];
	struct xen_domctl op = { 0 };
	uint32_t n, *features = NULL;

	EXPECT(ask(&op, XEN_DOMCTL_gettscinfo), 0);
	EXPECT(op.u.tsc_info.tsc_mode, 2);
	CHECK(op.u.tsc_info.gtsc_khz, "the counter stands still");
	EXPECT(ask(&op, XEN_DOMCTL_settscinfo), 0);
	op.u.tsc_info.tsc_mode = 1;
	EXPECT(ask(&op, XEN_DOMCTL_settscinfo), -XEN_EOPNOTSUPP);
	op.u.settimeoffset.time_offset_seconds = -3600;
	EXPECT(ask(&op, XEN_DOMCTL_settimeoffset), 0);
	memset(&op.u, 0, sizeof(op.u));
	op.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_POWER;
	EXPECT(ask(&op, XEN_DOMCTL_sendtrigger), -XEN_ENOSYS);
	op.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_NMI;
	op.u.sendtrigger.vcpu = 1;
	EXPECT(ask(&op, XEN_DOMCTL_sendtrigger), -XEN_ESRCH);

	memset(&op.u, 0, sizeof(op.u));
	op.u.cpu_policy.nr_leaves = 256;
	set_xen_guest_handle(op.u.cpu_policy.leaves, leaves);
	EXPECT(ask(&op, XEN_DOMCTL_get_cpu_policy), 0);
	n = op.u.cpu_policy.nr_leaves;
	for (unsigned int i = 0; i < n; i++)
		if (leaves[i].leaf == 1)
			features = &leaves[i].d;
	CHECK(features && *features & 1 << 15, "no leaf 1, or no CMOV");
	/* What is taken away is gone; what is added does not come. */
	*features = (*features & ~(1u << 15)) | 1 << 3;
	op.u.cpu_policy.nr_leaves = n;
	EXPECT(op.u.cpu_policy.nr_msrs, 2); /* and no buffer for them yet */
	set_xen_guest_handle(op.u.cpu_policy.msrs, msrs);
	EXPECT(ask(&op, XEN_DOMCTL_set_cpu_policy), -XEN_EINVAL);
	EXPECT(ask(&op, XEN_DOMCTL_get_cpu_policy), 0);
	EXPECT(msrs[0].idx, 0xce);
	EXPECT(msrs[1].idx, 0x10a);
	*features = (*features & ~(1u << 15)) | 1 << 3;
	EXPECT(ask(&op, XEN_DOMCTL_set_cpu_policy), 0);
	msrs[1].val = 1;
	EXPECT(ask(&op, XEN_DOMCTL_set_cpu_policy), -XEN_EINVAL);
	op.u.cpu_policy.nr_msrs = 1000000;
	EXPECT(ask(&op, XEN_DOMCTL_set_cpu_policy), -XEN_E2BIG);
	op.u.cpu_policy.nr_msrs = 1;
	op.u.cpu_policy.nr_leaves = 256;
	EXPECT(ask(&op, XEN_DOMCTL_get_cpu_policy), -XEN_ENOBUFS);
	op.u.cpu_policy.nr_msrs = 2;
	*features = 0;
	op.u.cpu_policy.nr_leaves = 256;
	EXPECT(ask(&op, XEN_DOMCTL_get_cpu_policy), 0);
	EXPECT(*features & (1 << 15 | 1 << 3 | 1 << 6), 1 << 6);
	leaves[0].leaf = 0x12345;
	op.u.cpu_policy.nr_leaves = 1;
	EXPECT(ask(&op, XEN_DOMCTL_set_cpu_policy), -XEN_ERANGE);
	op.u.cpu_policy.nr_leaves = 100000;
	EXPECT(ask(&op, XEN_DOMCTL_set_cpu_policy), -XEN_E2BIG);
}

static void devices(void)
{
	struct xen_domctl op = { 0 };

	op.u.iomem_permission.first_mfn = 0xfd000;
	EXPECT(ask(&op, XEN_DOMCTL_iomem_permission), -XEN_EINVAL); /* none */
	op.u.iomem_permission.nr_mfns = 16;
	op.u.iomem_permission.allow_access = 1;
	EXPECT(ask(&op, XEN_DOMCTL_iomem_permission), 0);
	op.u.iomem_permission.allow_access = 0;
	EXPECT(ask(&op, XEN_DOMCTL_iomem_permission), 0);

	memset(&op.u, 0, sizeof(op.u));
	op.u.ioport_permission.first_port = 0x3f0;
	op.u.ioport_permission.nr_ports = 16; /* the serial line is among them */
	op.u.ioport_permission.allow_access = 1;
	EXPECT(ask(&op, XEN_DOMCTL_ioport_permission), -XEN_EPERM);
	op.u.ioport_permission.first_port = 0x80;
	op.u.ioport_permission.nr_ports = 1;
	EXPECT(ask(&op, XEN_DOMCTL_ioport_permission), 0);
	op.u.ioport_permission.nr_ports = 0x10000;
	EXPECT(ask(&op, XEN_DOMCTL_ioport_permission), -XEN_EINVAL);
}

/* What the second may do with what it was given, and no more. */
static void uses_devices(void)
{
	void *page = page_alloc();

	EXPECT(second_map(page, DOMID_IO, 0xfd000, PTE_RW), 0);
	EXPECT(second_map(page, DOMID_IO, 0xfd010, PTE_RW), -XEN_EPERM);
	EXPECT(second_map(page, DOMID_IO, 0xfec00, PTE_RW), -XEN_EPERM); /* an IO-APIC */
	struct physdev_set_iopl iopl = { .iopl = 1 };

	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	EXPECT(probe(asm volatile("outb %%al, $0x80" : : "a"(0))), NO_FAULT);
	EXPECT(shared_info->wc_sec + 3600, second_mail->word[5]);
}

static void given(void)
{
	struct xen_domctl op = { 0 };

	second_make(&s, uses_devices);
	op.u.iomem_permission.first_mfn = 0xfd000;
	op.u.iomem_permission.nr_mfns = 16;
	op.u.iomem_permission.allow_access = 1;
	EXPECT(ask(&op, XEN_DOMCTL_iomem_permission), 0);
	op.u.iomem_permission.first_mfn = 0xfec00;
	op.u.iomem_permission.nr_mfns = 1;
	EXPECT(ask(&op, XEN_DOMCTL_iomem_permission), 0);
	memset(&op.u, 0, sizeof(op.u));
	op.u.ioport_permission.first_port = 0x80;
	op.u.ioport_permission.nr_ports = 1;
	op.u.ioport_permission.allow_access = 1;
	EXPECT(ask(&op, XEN_DOMCTL_ioport_permission), 0);
	op.u.settimeoffset.time_offset_seconds = -3600;
	EXPECT(ask(&op, XEN_DOMCTL_settimeoffset), 0);
	s.mail->word[5] = shared_info->wc_sec;
	second_unpause(&s);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
}

void test_main(void)
{
	second_need();
	second_make(&s, ends);
	scheduling();
	settings();
	devices();
	/* It runs with all that. */
	second_unpause(&s);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
	given();
}
