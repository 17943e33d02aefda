/* SPDX-License-Identifier: MIT */
/*
 * platform_op: what the first domain knows of the machine and we do not, and
 * the other way round.  The wallclock it keeps, ACPI's sleep states it has
 * worked out from byte code; processors, idle time and the firmware's answers
 * it asks for.
 */
#include "control.h"
#include "boot.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "machine/machine.h"
#include "mm/mm.h"
#include "say/say.h"
#include "time/time.h"
#include "x86.h"

#define NS_PER_SECOND 1000000000U
#define S4            4
#define S5            5

static int32_t settime(uint64_t seconds, uint32_t ns, uint64_t system_time)
{
	if (ns >= NS_PER_SECOND)
		return -XEN_EINVAL;
	set_wallclock(seconds, ns, system_time);
	for (struct domain *d = domains; d; d = d->next)
		update_wallclock(d);
	return 0;
}

int32_t platform_settime32(struct control_call *c, struct xenpf_settime32 *a)
{
	return settime(a->secs, a->nsecs, a->system_time);
}

int32_t platform_settime64(struct control_call *c, struct xenpf_settime64 *a)
{
	return a->mbz ? -XEN_EINVAL : settime(a->secs, a->nsecs, a->system_time);
}

/*
 * Only what needs no way back: S5 is off, and S4 is off with the memory saved
 * by the domain itself.  Under `debugexit` an emulator is told to leave.
 */
int32_t platform_enter_acpi_sleep(struct control_call *c, struct xenpf_enter_acpi_sleep *s)
{
	if (s->flags || (s->sleep_state != S4 && s->sleep_state != S5))
		return -XEN_EOPNOTSUPP;
	domain_print_counters(current->domain);
	printk(LOG_INFO, "domain %u shut down: poweroff (ACPI S%u)\n", current->domain->id,
	       s->sleep_state);
	if (options.debugexit)
		machine_end(MACHINE_POWEROFF);
	serial_drain();
	if (!acpi_sleep(s->val_a, s->val_b))
		return -XEN_ENODEV;
	printk(LOG_WARN, "the machine did not go into S%u\n", s->sleep_state);
	return -XEN_EIO;
}

int32_t platform_get_cpuinfo(struct control_call *c, struct xenpf_pcpuinfo *info)
{
	uint32_t nr = info->xen_cpuid;

	info->max_present = nr_cpus - 1;
	if (nr >= nr_cpus) {
		info->flags = XEN_PCPU_FLAGS_INVALID;
		info->apic_id = info->acpi_id = ~0U;
		return 0;
	}
	info->flags = XEN_PCPU_FLAGS_ONLINE;
	info->apic_id = cpus[nr]->apic_id;
	info->acpi_id = machine_madt.first_acpi_id;
	return 0;
}

int32_t platform_get_cpu_version(struct control_call *c, struct xenpf_pcpu_version *v)
{
	struct cpuid_regs name = cpuid(0, 0), version = cpuid(1, 0);
	uint32_t family = version.eax >> 8 & 15, model = version.eax >> 4 & 15;

	v->max_present = nr_cpus - 1;
	if (v->xen_cpuid >= nr_cpus) {
		memset(v->vendor_id, 0, sizeof(v->vendor_id));
		v->family = v->model = v->stepping = 0;
		return 0;
	}
	memcpy(v->vendor_id, &name.ebx, 4);
	memcpy(v->vendor_id + 4, &name.edx, 4);
	memcpy(v->vendor_id + 8, &name.ecx, 4);
	if (family == 6 || family == 15)
		model |= version.eax >> 12 & 0xf0;
	if (family == 15)
		family += version.eax >> 20 & 0xff;
	v->family = family;
	v->model = model;
	v->stepping = version.eax & 15;
	return 0;
}

/* The BIOS was left behind when protected mode was entered: nobody asked it these things. */
int32_t platform_firmware_info(struct control_call *c, struct xenpf_firmware_info *info)
{
	switch (info->type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
		return -XEN_ESRCH;
	case XEN_FW_EFI_INFO:
	case XEN_FW_KBD_SHIFT_FLAGS:
		return -XEN_ENOSYS;
	default:
		return -XEN_EINVAL;
	}
}

/* Boards of long ago; none of it matters here. */
int32_t platform_platform_quirk(struct control_call *c, struct xenpf_platform_quirk *a)
{
	return a->quirk_id - 1 < QUIRK_IOAPIC_GOOD_REGSEL ? 0 : -XEN_EINVAL;
}

/* Frequency and idle states stay as the firmware set them. */
int32_t platform_set_processor_pminfo(struct control_call *c, struct xenpf_set_processor_pminfo *a)
{
	return -XEN_EOPNOTSUPP;
}

/* ---- the table ---- */

static const struct subop ops[] = {
#define PLATFORMOP(name, argument, way, summary) \
	SUBOP_FORM(XENPF_##name, platform_##name, struct argument, way, ANY, TARGET_NOBODY),
#include "control/platformops.def"
#undef PLATFORMOP
};

/* op: xen_platform_op, whose answer goes back to the same place.  One version serves all tools. */
int32_t do_platform_op(gva_t arg)
{
	static const struct control_table table = {
		.table = CONTROL_TABLE(ops, __HYPERVISOR_platform_op),
		.version = XENPF_INTERFACE_VERSION,
		.version_4_14 = XENPF_INTERFACE_VERSION,
		.argument_at = offsetof(xen_platform_op_t, u),
	};

	return control_perform(&table, arg);
}
