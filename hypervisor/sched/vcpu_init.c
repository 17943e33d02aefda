/* SPDX-License-Identifier: MIT */
/*
 * VCPUOP_initialise: a whole processor context from a guest, taken apart.
 *
 * Every part goes through the function that the hypercall for this part uses,
 * so there is nothing here that a guest could slip past (TRUST 13, 16, 19).
 * A context that is refused half way leaves a VCPU that is not initialised and
 * so cannot run; what it holds by then is replaced by the next attempt or
 * given back with the VCPU.
 */
#include "sched.h"
#include "cpu/cpu.h"
#include "domain/domain.h"
#include "mm/mm.h"

static int32_t set_tables(struct vcpu *v, const struct vcpu_guest_context *c)
{
	uint32_t frames[ARRAY_SIZE(c->gdt_frames)];
	int32_t rc;

	/* What v lets go of may be left to the caller, who must have room for it. */
	spin_lock(&current->domain->mm.lock);
	rc = finish_old_table(current);
	spin_unlock(&current->domain->mm.lock);
	if (rc)
		return rc;
	spin_lock(&v->domain->mm.lock);
	/* What a VCPU of a dying domain got, nobody would take from it again (relinquish.c). */
	rc = TRUST_CHECK(27, 4, !v->domain->dying)
		     ? new_guest_cr3(v, MFN(xen_cr3_to_pfn(c->ctrlreg[3])))
		     : -XEN_EINVAL;
	spin_unlock(&v->domain->mm.lock);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < ARRAY_SIZE(frames); i++)
		frames[i] = c->gdt_frames[i];
	rc = set_gdt(v, frames, c->gdt_ents);
	if (!rc)
		rc = set_ldt(v, GVA(c->ldt_base), c->ldt_ents);
	return rc;
}

static int32_t set_traps(struct vcpu *v, const struct vcpu_guest_context *c)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++) {
		struct trap_info t = c->trap_ctxt[i];
		int32_t rc;

		t.vector = i; /* the place in the array counts */
		rc = set_trap(v, &t);
		if (rc)
			return rc;
	}
	return 0;
}

static int32_t set_debug(struct vcpu *v, const struct vcpu_guest_context *c)
{
	set_vcpu_cr4(v, c->ctrlreg[4]); /* which says whether a watchpoint may be on a port */
	for (uint32_t i = 0; i < 8; i++) {
		int32_t rc;

		if (i == 4 || i == 5) /* other names of 6 and 7 */
			continue;
		rc = set_debugreg(v, i, c->debugreg[i]);
		if (rc)
			return rc;
	}
	return 0;
}

/* A context may leave them out; the guest then registers them with callback_op. */
static int32_t set_callbacks(struct vcpu *v, const struct vcpu_guest_context *c)
{
	int32_t rc = 0;

	if (c->event_callback_eip)
		rc = set_vcpu_callback(v, CALLBACKTYPE_event, c->event_callback_cs,
				       c->event_callback_eip, true);
	if (!rc && c->failsafe_callback_eip)
		rc = set_vcpu_callback(v, CALLBACKTYPE_failsafe, c->failsafe_callback_cs,
				       c->failsafe_callback_eip,
				       c->flags & VGCF_failsafe_disables_events);
	return rc;
}

static void set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
	v->regs = c->user_regs;
	set_virtual_iopl(v, (v->regs.eflags & EFLAGS_IOPL) >> IOPL_SHIFT);
	sanitize_guest_regs(&v->regs);
	v->cpu.kernel_ss = fix_stack_selector(c->kernel_ss);
	v->cpu.kernel_sp = c->kernel_sp;
	v->cpu.guest_cr0 = (v->cpu.guest_cr0 & ~CR0_TS) | (c->ctrlreg[0] & CR0_TS);
	if (c->flags & VGCF_I387_VALID)
		fpu_set_image(v, &c->fpu_ctxt);
}

/*
 * -XEN_ERESTART: preempted, do the same again.  c is the hypervisor's own copy.  vm_assist belongs to the domain and was set
 * by its first VCPU, so it is not taken from here.
 */
int32_t vcpu_initialise(struct vcpu *v, const struct vcpu_guest_context *c)
{
	int32_t rc = set_tables(v, c);

	if (!rc)
		rc = set_traps(v, c);
	if (!rc)
		rc = set_debug(v, c);
	if (!rc)
		rc = set_callbacks(v, c);
	if (rc)
		return rc;
	set_registers(v, c);
	v->sched.initialised = true;
	return 0;
}
