/* SPDX-License-Identifier: MIT */
/*
 * Question: do the calls work that no other guest makes: the old forms, the first domain's own, and
 * the odd ends of calls that others only use in part?
 *
 * Expected: what Xen's headers say of each. The domain is the first and privileged.
 */
#define __XEN_TOOLS__ 1
#include "event.h"
#include "mm.h"
#include <xen/nmi.h>
#include <xen/platform.h>

extern char guest_upcall[];

static long platform(xen_platform_op_t *op, uint32_t cmd)
{
	op->cmd = cmd;
	op->interface_version = XENPF_INTERFACE_VERSION;
	return ringone_call(__HYPERVISOR_platform_op, (uint32_t)op, 0, 0, 0, 0);
}

static void old_forms(void)
{
	struct callback_register cb = { .address = { FLAT_KERNEL_CS,
						     (unsigned long)guest_upcall } };
	struct callback_unregister un;
	static const uint16_t types[] = { CALLBACKTYPE_sysenter_deprecated,
					  CALLBACKTYPE_syscall32 };

	for (unsigned int i = 0; i < 2; i++) {
		cb.type = types[i];
		un.type = i ? types[i] : CALLBACKTYPE_event;
		un._unused = 0;
		long rc = ringone_callback_op(CALLBACKOP_register, &cb);

		/* Xen has only those its processor and its build have. */
		if (!on_ringone && rc == -XEN_ENOSYS)
			continue;
		EXPECT(rc, 0);
		rc = ringone_callback_op(CALLBACKOP_unregister, &un);
		CHECK(rc == -XEN_EINVAL, "type %u: %ld", un.type, rc);
		un.type = cb.type = 77;
		EXPECT(ringone_callback_op(CALLBACKOP_register, &cb), -XEN_ENOSYS);
		EXPECT(ringone_callback_op(CALLBACKOP_unregister, &un), -XEN_ENOSYS);
	}
}

static void memory(void)
{
	static xen_pfn_t extents[16], same[16];
	struct xen_machphys_mfn_list list = { .max_extents = 16 };
	domid_t self = DOMID_SELF;
	uint64_t *page = page_alloc(), *entry = l1_entry((unsigned long)page);
	uint64_t before = *entry;
	unsigned int n;

	set_xen_guest_handle(list.extent_start, extents);
	EXPECT(ringone_memory_op(XENMEM_machphys_mfn_list, &list), 0);
	n = list.nr_extents;
	set_xen_guest_handle(list.extent_start, same);
	EXPECT(ringone_memory_op(XENMEM_machphys_compat_mfn_list, &list), 0);
	/* Xen's own table for 64-bit guests differs from that for 32-bit ones. */
	CHECK(!on_ringone || (list.nr_extents == n && !memcmp(extents, same, n * sizeof(*same))),
	      "the M2P lies elsewhere");
	/* The highest frame is what the guest says it is. */
	shared_info->arch.max_pfn = 0x4321;
	EXPECT(ringone_memory_op(XENMEM_maximum_gpfn, &self), 0x4320);

	/* Without translation there is nothing for "no translation" to leave out. */
	EXPECT(mmu_write_how(entry, before & ~(uint64_t)PTE_W, MMU_PT_UPDATE_NO_TRANSLATE), 0);
	EXPECT(ringone_update_va_mapping((unsigned long)page, before, UVMF_INVLPG | UVMF_MULTI), 0);
	*page = 1;
	/* Flush types: none, whole TLB, one address; the fourth does not exist. */
	CHECK(ringone_update_va_mapping((unsigned long)page, before, UVMF_FLUSHTYPE_MASK) != 1,
	      "killed");
}

static void grants(void)
{
	char *from = page_alloc(), *to = page_alloc();
	gnttab_set_version_t version = { .version = 1 };
	gnttab_copy_t copy = {
		.source = { .domid = DOMID_SELF, .offset = 100, .u.gmfn = virt_to_mfn(from) },
		.dest = { .domid = DOMID_SELF, .offset = 7, .u.gmfn = virt_to_mfn(to) },
		.len = 12,
	};

	memcpy(from + 100, "twelve bytes", 12);
	EXPECT(ringone_grant_table_op(GNTTABOP_copy, &copy, 1), 0);
	EXPECT(copy.status, GNTST_okay);
	EXPECT(memcmp(to + 7, "twelve bytes", 12), 0);
	EXPECT(to[6] + to[19], 0);
	copy.len = 4096; /* runs over the end of both */
	EXPECT(ringone_grant_table_op(GNTTABOP_copy, &copy, 1), 0);
	EXPECT(copy.status, GNTST_bad_copy_arg);
	EXPECT(ringone_grant_table_op(GNTTABOP_set_version, &version, 1), 0);
	EXPECT(version.version, 1);
}

static void processors(void)
{
	struct vcpu_get_physid id = { .phys_id = ~0ull };
	struct sched_pin_override pin = { .pcpu = 0 };
	struct sched_shutdown code = { .reason = SHUTDOWN_suspend };
	struct sched_remote_shutdown other = { .domain_id = 77, .reason = SHUTDOWN_reboot };
	struct sched_watchdog dog = { .timeout = 60 };

	EXPECT(ringone_vcpu_op(VCPUOP_get_physid, 0, &id), 0);
	CHECK((uint32_t)(id.phys_id >> 32) < 256, "ACPI id %llx", (unsigned long long)id.phys_id);
	EXPECT(ringone_sched_op(SCHEDOP_pin_override, &pin), 0);
	pin.pcpu = -1;
	EXPECT(ringone_sched_op(SCHEDOP_pin_override, &pin), 0);
	pin.pcpu = 4711;
	EXPECT(ringone_sched_op(SCHEDOP_pin_override, &pin), -XEN_EINVAL);
	/* What a shutdown would report, were it to come now. */
	static const unsigned int reasons[] = {
		SHUTDOWN_suspend, SHUTDOWN_soft_reset, SHUTDOWN_watchdog, SHUTDOWN_reboot, 0,
	};

	for (unsigned int i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		code.reason = reasons[i];
		CHECK(ringone_sched_op(SCHEDOP_shutdown_code, &code) == 0 || !on_ringone,
		      "reason %u", reasons[i]);
	}
	EXPECT(ringone_sched_op(SCHEDOP_remote_shutdown, &other), -XEN_ESRCH);
	long id_of_dog = ringone_sched_op(SCHEDOP_watchdog, &dog);

	CHECK(id_of_dog > 0, "watchdog %ld", id_of_dog);
	dog.id = id_of_dog;
	EXPECT(ringone_sched_op(SCHEDOP_watchdog, &dog), 0);
	dog.timeout = 0;
	EXPECT(ringone_sched_op(SCHEDOP_watchdog, &dog), 0);
}

static void devices(void)
{
	struct physdev_manage_pci host = { 0 }, nobody = { .bus = 255, .devfn = 255 };
	struct physdev_manage_pci_ext host_ext = { 0 };
	struct physdev_pci_device_add add = { 0 };
	struct physdev_pci_device device = { 0 };
	struct physdev_pci_mmcfg_reserved window = { .address = 0xe0000000, .end_bus = 1 };
	struct physdev_irq irq = { .irq = 8 };
	struct physdev_get_free_pirq free = { .type = MAP_PIRQ_TYPE_MSI };
	struct physdev_apic apic = { .apic_physbase = 0xfec00000, .reg = 1 };
	struct physdev_pirq_eoi_gmfn map = { .gmfn = virt_to_mfn(page_alloc()) };

	/* The host bridge is everywhere; nothing is at ff:1f.7. */
	EXPECT(ringone_physdev_op(PHYSDEVOP_manage_pci_add, &host), 0);
	if (on_ringone)
		EXPECT(ringone_physdev_op(PHYSDEVOP_manage_pci_add, &nobody), -XEN_ENODEV);
	EXPECT(ringone_physdev_op(PHYSDEVOP_manage_pci_add_ext, &host_ext), 0);
	EXPECT(ringone_physdev_op(PHYSDEVOP_pci_device_add, &add), 0);
	if (on_ringone) { /* Xen wants a device with MSI-X, and a window its firmware names */
		EXPECT(ringone_physdev_op(PHYSDEVOP_prepare_msix, &device), 0);
		EXPECT(ringone_physdev_op(PHYSDEVOP_release_msix, &device), 0);
		EXPECT(ringone_physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &window), 0);
	}
	EXPECT(ringone_physdev_op(PHYSDEVOP_manage_pci_remove, &host), 0);
	CHECK(ringone_physdev_op(PHYSDEVOP_pci_device_remove, &device) == 0 || !on_ringone,
	      "removed twice");
	EXPECT(ringone_physdev_op(PHYSDEVOP_alloc_irq_vector, &irq), 0);
	CHECK(irq.vector, "no number");
	EXPECT(ringone_physdev_op(PHYSDEVOP_get_free_pirq, &free), 0);
	CHECK(free.pirq >= 16, "pirq %d is an ISA line's", free.pirq);
	EXPECT(ringone_physdev_op(PHYSDEVOP_apic_read, &apic), 0);
	CHECK((apic.value >> 16 & 0xff) >= 15, "an IO-APIC with %x pins less one",
	      apic.value >> 16);
	EXPECT(ringone_physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v1, &map), 0);
	EXPECT(ringone_physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v1, &map), -XEN_EBUSY);
}

static void machine(void)
{
	static xen_platform_op_t op;

	op.u.settime64.secs = 0x123456789ull;
	op.u.settime64.nsecs = 5;
	op.u.settime64.system_time = now_ns();
	EXPECT(platform(&op, XENPF_settime64), 0);
	/* What the clock said at system time zero: earlier by the time since then. */
	uint64_t s = shared_info->wc_sec | (uint64_t)shared_info->arch.wc_sec_hi << 32;

	CHECK(s <= 0x123456789ull && s > 0x123456789ull - 3600, "wallclock %llx",
	      (unsigned long long)s);
	CHECK(shared_info->wc_nsec < 1000000000, "%u ns", shared_info->wc_nsec);
	memset(&op, 0, sizeof(op));
	op.u.settime32.secs = 1700000000;
	op.u.settime32.system_time = now_ns();
	EXPECT(platform(&op, XENPF_settime32), 0);
	EXPECT(shared_info->arch.wc_sec_hi, 0);

	memset(&op, 0, sizeof(op));
	op.u.platform_quirk.quirk_id = QUIRK_IOAPIC_GOOD_REGSEL;
	EXPECT(platform(&op, XENPF_platform_quirk), 0);
	memset(&op, 0, sizeof(op));
	EXPECT(platform(&op, XENPF_get_cpuinfo), 0);
	CHECK(op.u.pcpu_info.flags & XEN_PCPU_FLAGS_ONLINE, "flags %x", op.u.pcpu_info.flags);
	memset(&op, 0, sizeof(op));
	EXPECT(platform(&op, XENPF_get_cpu_version), 0);
	CHECK(op.u.pcpu_version.family >= 5, "family %u", op.u.pcpu_version.family);
	if (on_ringone) { /* Xen would fall asleep; we keep only states that need no way back */
		memset(&op, 0, sizeof(op));
		op.u.enter_acpi_sleep.sleep_state = 3;
		EXPECT(platform(&op, XENPF_enter_acpi_sleep), -XEN_EOPNOTSUPP);
	}
	op.cmd = XENPF_get_cpuinfo;
	op.interface_version = 1;
	EXPECT(ringone_call(__HYPERVISOR_platform_op, (uint32_t)&op, 0, 0, 0, 0), -XEN_EACCES);
}

/* Where the NMI callback is entered: count, and return by the hypercall. */
static volatile unsigned int nmis;
extern char nmi_entry[];
asm(".text; nmi_entry: incl nmis; jmp ringone_hypercall_page + 23 * 32");
_Static_assert(__HYPERVISOR_iret == 23, "the number in nmi_entry");

static void nmi(void)
{
	struct xennmi_callback cb = { .handler_address = (unsigned long)nmi_entry };

	EXPECT(ringone_call(__HYPERVISOR_nmi_op, XENNMI_register_callback, (uint32_t)&cb, 0, 0, 0),
	       0);
	EXPECT(ringone_vcpu_op(VCPUOP_send_nmi, 0, NULL), 0);
	EXPECT(nmis, 1);
	EXPECT(ringone_vcpu_op(VCPUOP_send_nmi, 0, NULL), 0);
	EXPECT(nmis, 2);                         /* its iret allows the next */
	EXPECT(shared_info->arch.nmi_reason, 0); /* no device sent it */
	EXPECT(ringone_call(__HYPERVISOR_nmi_op, XENNMI_unregister_callback, 0, 0, 0, 0), 0);
}

static void at_boot(void)
{
	struct vcpu_time_info *t = &vcpu->time;
	uint64_t a = t->tsc_timestamp, b = t->system_time;
	struct trap_info ti = { .vector = 0x81,
				.cs = FLAT_KERNEL_CS,
				.address = (unsigned long)guest_upcall },
			 end[2];
	char in[4];

	CHECK(a <= rdtsc() && b, "time page: TSC %llx, system time %llx", (unsigned long long)a,
	      (unsigned long long)b);
	/* No second module was given, so none is announced. */
	EXPECT(start_info->mod_start, 0);
	EXPECT(start_info->mod_len, 0);
	EXPECT(start_info->flags & SIF_MOD_START_PFN, 0);
	TI_SET_DPL(&ti, 3);
	TI_SET_IF(&ti, 1);
	EXPECT(ti.flags, 7);
	memset(end, 0, sizeof(end));
	end[0] = ti;
	EXPECT(ringone_set_trap_table(end), 0);
	EXPECT(ringone_console_io(CONSOLEIO_read, sizeof(in), in), 0);
	EXPECT(ringone_console_io(CONSOLEIO_write, 0, in), 0);
}

void test_main(void)
{
	struct xen_feature_info fi = { 0 };

	at_boot();
	EXPECT(ringone_xen_version(XENVER_get_features, &fi), 0);
	CHECK(fi.submap & 1 << XENFEAT_highmem_assist, "%x", fi.submap);
	CHECK(fi.submap & 1 << XENFEAT_gnttab_map_avail_bits, "%x", fi.submap);
	old_forms();
	memory();
	grants();
	processors();
	devices();
	machine();
	nmi();
}
