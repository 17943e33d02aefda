/* SPDX-License-Identifier: MIT */
/*
 * A VCPU seen from outside: its context written, as for a new domain or one
 * that comes from elsewhere, and read.  Writing goes through the same functions as the
 * guest's own VCPUOP_initialise (sched/vcpu_init.c), so nothing that a guest may
 * not do can be done for it.
 *
 * The context is 2.8 KB: too much for a stack of two pages.
 */
#include "control.h"
#include "cpu/cpu.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "sched/sched.h"
#include "time/time.h"

static struct vcpu *vcpu_of(struct domain *d, uint32_t id)
{
	return TRUST_CHECK(26, 65, id < d->nr_vcpus) ? d->vcpus[id] : NULL;
}

/*
 * The assists are the domain's; the context of its first VCPU carries them. With it a domain's
 * making ends: whoever makes it has cleared the page with the wallclock meanwhile.
 */
static int32_t set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	int32_t rc;

	if (!v->id)
		vm_assist_set(v->domain, c->vm_assist);
	rc = vcpu_initialise(v, c);
	if (!rc && !v->id)
		update_wallclock(v->domain);
	if (!rc && c->flags & VGCF_online)
		vcpu_online(v);
	else if (!rc)
		vcpu_offline(v);
	return rc;
}

int32_t domctl_setvcpucontext(struct control_call *c, struct xen_domctl_vcpucontext *a)
{
	struct vcpu *v = vcpu_of(c->d, a->vcpu);
	struct vcpu_guest_context *context;
	int32_t rc;

	if (!v)
		return -XEN_ESRCH;
	context = heap_alloc(sizeof(*context));
	if (!context)
		return -XEN_ENOMEM;
	rc = copy_from_guest(context, a->ctxt, 0) ? -XEN_EFAULT : set_context(v, context);
	heap_free(context);
	return rc;
}

static void get_registers(const struct vcpu *v, struct vcpu_guest_context *c)
{
	c->user_regs = v->regs;
	c->user_regs.eflags |= v->cpu.iopl << IOPL_SHIFT;
	c->kernel_ss = v->cpu.kernel_ss;
	c->kernel_sp = v->cpu.kernel_sp;
	c->ctrlreg[0] = v->cpu.guest_cr0;
	c->ctrlreg[4] = v->cpu.guest_cr4;
	if (v->mm.guest_cr3.n && !mfn_eq(v->mm.guest_cr3, INVALID_MFN))
		c->ctrlreg[3] = xen_pfn_to_cr3(v->mm.guest_cr3.n);
	for (uint32_t i = 0; i < ARRAY_SIZE(c->debugreg); i++)
		c->debugreg[i] = v->cpu.guest_dr[i];
	memcpy(&c->fpu_ctxt, v->fpu.area, sizeof(c->fpu_ctxt));
}

static void get_tables(const struct vcpu *v, struct vcpu_guest_context *c)
{
	for (uint32_t i = 0; i < v->mm.nr_gdt_frames; i++)
		c->gdt_frames[i] = v->mm.gdt_frames[i].n;
	c->gdt_ents = v->mm.gdt_entries;
	c->ldt_base = v->mm.ldt_base.a;
	c->ldt_ents = v->mm.ldt_entries;
	for (uint32_t i = 0; i < NR_TRAPS; i++)
		c->trap_ctxt[i] = v->cpu.traps[i];
	c->event_callback_cs = v->cpu.event_cs;
	c->event_callback_eip = v->cpu.event_eip;
	c->failsafe_callback_cs = v->cpu.failsafe_cs;
	c->failsafe_callback_eip = v->cpu.failsafe_eip;
}

int32_t domctl_getvcpucontext(struct control_call *c, struct xen_domctl_vcpucontext *a)
{
	struct vcpu *v = vcpu_of(c->d, a->vcpu);
	struct vcpu_guest_context *context;
	int32_t rc;

	if (!v)
		return -XEN_ESRCH;
	if (!v->sched.initialised)
		return -XEN_ENODATA;
	context = heap_alloc(sizeof(*context));
	if (!context)
		return -XEN_ENOMEM;
	get_registers(v, context);
	get_tables(v, context);
	context->flags = VGCF_I387_VALID | ((v->regs.cs & 3) != 3 ? VGCF_in_kernel : 0) |
			 (v->sched.online ? VGCF_online : 0) |
			 (v->cpu.failsafe_masks ? VGCF_failsafe_disables_events : 0);
	context->vm_assist = v->domain->vm_assist;
	rc = copy_to_guest(a->ctxt, 0, context) ? -XEN_EFAULT : 0;
	heap_free(context);
	return rc;
}

/* ---- the two callbacks that the context has no place for ---- */

int32_t domctl_set_ext_vcpucontext(struct control_call *c, struct xen_domctl_ext_vcpucontext *a)
{
	struct vcpu *v = vcpu_of(c->d, a->vcpu);
	int32_t rc = 0;

	if (!v)
		return -XEN_ESRCH;
	if (a->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap) ||
	    a->sysenter_callback_eip >> 32 || a->syscall32_callback_eip >> 32)
		return -XEN_EINVAL;
	if (a->sysenter_callback_eip)
		rc = set_vcpu_callback(v, CALLBACKTYPE_sysenter, a->sysenter_callback_cs,
				       a->sysenter_callback_eip, a->sysenter_disables_events);
	if (!rc && a->syscall32_callback_eip)
		rc = set_vcpu_callback(v, CALLBACKTYPE_syscall32, a->syscall32_callback_cs,
				       a->syscall32_callback_eip, a->syscall32_disables_events);
	return rc;
}

int32_t domctl_get_ext_vcpucontext(struct control_call *c, struct xen_domctl_ext_vcpucontext *a)
{
	const struct vcpu *v = vcpu_of(c->d, a->vcpu);

	if (!v)
		return -XEN_ESRCH;
	*a = (struct xen_domctl_ext_vcpucontext){
		.vcpu = v->id,
		.size = sizeof(*a),
		.sysenter_callback_cs = v->cpu.sysenter_cb.cs,
		.sysenter_callback_eip = v->cpu.sysenter_cb.eip,
		.sysenter_disables_events = v->cpu.sysenter_cb.masks,
		.syscall32_callback_cs = v->cpu.syscall32_cb.cs,
		.syscall32_callback_eip = v->cpu.syscall32_cb.eip,
		.syscall32_disables_events = v->cpu.syscall32_cb.masks,
	};
	return 0;
}
