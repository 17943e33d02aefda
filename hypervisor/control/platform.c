/* SPDX-License-Identifier: MIT */
/*
 * platform_op: what the first domain knows of the machine and we do not, and
 * the other way round.  The wallclock it keeps, ACPI's sleep states it has
 * worked out from byte code; processors, idle time and the firmware's answers
 * it asks for.
 */
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

/*
 * Only what needs no way back: S5 is off, and S4 is off with the memory saved
 * by the domain itself.  Under `debugexit` an emulator is told to leave.
 */
static int32_t enter_sleep(const xenpf_enter_acpi_sleep_t *s)
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

static int32_t cpu_info(xenpf_pcpuinfo_t *info)
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

static int32_t cpu_version(xenpf_pcpu_version_t *v)
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
static int32_t firmware_info(const xenpf_firmware_info_t *info)
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

static int32_t perform(xen_platform_op_t *op, bool *answers)
{
	*answers = false;
	switch (op->cmd) {
	case XENPF_settime32:
		return settime(op->u.settime32.secs, op->u.settime32.nsecs,
			       op->u.settime32.system_time);
	case XENPF_settime64:
		if (op->u.settime64.mbz)
			return -XEN_EINVAL;
		return settime(op->u.settime64.secs, op->u.settime64.nsecs,
			       op->u.settime64.system_time);
	case XENPF_enter_acpi_sleep:
		return enter_sleep(&op->u.enter_acpi_sleep);
	case XENPF_get_cpuinfo:
		*answers = true;
		return cpu_info(&op->u.pcpu_info);
	case XENPF_get_cpu_version:
		*answers = true;
		return cpu_version(&op->u.pcpu_version);
	case XENPF_firmware_info:
		return firmware_info(&op->u.firmware_info);
	case XENPF_platform_quirk: /* boards of long ago; none of it matters here */
		return op->u.platform_quirk.quirk_id - 1 < QUIRK_IOAPIC_GOOD_REGSEL ? 0
										    : -XEN_EINVAL;
	case XENPF_set_processor_pminfo:
		return -XEN_EOPNOTSUPP; /* frequency and idle states stay as the firmware set them */
	default:
		return -XEN_ENOSYS;
	}
}

/* op: xen_platform_op, whose answer goes back to the same place. */
int32_t do_platform_op(gva_t arg)
{
	xen_platform_op_t op;
	bool answers;
	int32_t rc;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return trace_error(-XEN_EACCES);
	rc = perform(&op, &answers);
	if (rc)
		return trace_error(rc);
	return answers && copy_to_guest_raw(arg, &op, sizeof(op)) ? trace_error(-XEN_EFAULT) : 0;
}
