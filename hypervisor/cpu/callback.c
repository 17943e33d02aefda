/* SPDX-License-Identifier: MIT */
/*
 * Where the guest wants to be entered: traps, events, failsafe, SYSENTER, NMI,
 * and on which stack.  None of it may name a segment of ours (TRUST 14, 20);
 * a selector of RPL 0 is taken as RPL 1, as kernels that think they run in
 * ring 0 write it.
 */
#include "cpu.h"
#include "internal.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "tables.h"

/* The handlers of callback_op and nmi_op. */
#define OP(name, argument, way, privilege, summary) \
	static int32_t callback_##name(struct subop_call *c, argument *a);
#include "cpu/callback_ops.def"
#undef OP
#define OP(name, argument, way, privilege, summary) \
	static int32_t nmi_##name(struct subop_call *c, argument *a);
#include "cpu/nmi_ops.def"
#undef OP

#define TRAPS_BETWEEN_CHECKS 32

uint32_t fix_code_selector(uint32_t sel)
{
	return (sel & 0xffff) | ((sel & 3) == 0);
}

uint32_t fix_stack_selector(uint32_t sel)
{
	return fix_code_selector(sel);
}

bool code_selector_ok(uint32_t sel)
{
	return (sel & 3) && gate_selector_ok(sel);
}

/*
 * A system call whose handler takes events as they come needs nothing of us:
 * the processor enters ring 1 by itself.  Its stack is SS1:ESP1 of the TSS,
 * which a trap gate leaves IF alone for.  It writes its own EFLAGS, so there is
 * no such gate for who was promised to see the virtual IOPL in them.
 */
void update_direct_gate(struct vcpu *v)
{
	const struct trap_info *ti = &v->cpu.traps[SYSCALL_VECTOR];

	v->cpu.direct_gate = 0;
	if (!(v->cpu.iret_duties & IRET_SETS_IOPL) && ti->address && TI_GET_DPL(ti) == 3 &&
	    !TI_GET_IF(ti) && gate_selector_ok(ti->cs))
		v->cpu.direct_gate = make_gate(ti->cs, ti->address, GATE_TRAP, 3);
	if (v == current)
		set_direct_gate(this_cpu(), v->cpu.direct_gate);
}

/*
 * One entry of the trap table; address 0 takes the handler away.  -XEN_EPERM
 * when its code selector is not to be had.
 */
int set_trap(struct vcpu *v, const struct trap_info *ti)
{
	uint32_t cs = fix_code_selector(ti->cs);
	uint8_t flags = ti->flags & (TI_DPL | TI_MASKS);

	if (ti->address && !TRUST_CHECK(14, 4, code_selector_ok(cs)))
		return trace_error(-XEN_EPERM);
	if (ti->vector == TRAP_PF)
		flags |= ti->flags & TI_CR2_FRAME;
	v->cpu.traps[ti->vector] = (struct trap_info){
		.vector = ti->vector,
		.flags = flags,
		.cs = cs,
		.address = ti->address,
	};
	if (ti->vector == SYSCALL_VECTOR)
		update_direct_gate(v);
	return 0;
}

/* traps: array of trap_info, ended by one with address 0; NULL empties the table. */
int32_t do_set_trap_table(gva_t traps)
{
	struct vcpu *v = current;
	gva_t at = traps;
	struct trap_info ti;
	int rc;

	if (!traps.a) {
		memset(v->cpu.traps, 0, sizeof(v->cpu.traps));
		update_direct_gate(v);
		return 0;
	}
	for (uint32_t done = 1;; done++) {
		if (copy_from_guest_raw(&ti, at, sizeof(ti)))
			return trace_error(-XEN_EFAULT);
		if (!ti.address)
			return 0;
		rc = set_trap(v, &ti);
		if (rc)
			return rc;
		at = gva_add(at, sizeof(ti));
		if (done % TRAPS_BETWEEN_CHECKS == 0 && preempt_needed())
			return hypercall_continue(__HYPERVISOR_set_trap_table, 1, at.a, 0, 0, 0);
	}
}

/* Register a callback; -XEN_ENOSYS for a type we do not have, -XEN_EPERM for a bad selector. */
int set_vcpu_callback(struct vcpu *v, uint32_t type, uint32_t cs, uint32_t eip, bool masks)
{
	cs = fix_code_selector(cs);
	if (!TRUST_CHECK(14, 5, code_selector_ok(cs)))
		return trace_error(-XEN_EPERM);
	switch (type) {
	case CALLBACKTYPE_event:
		v->cpu.event_cs = cs;
		v->cpu.event_eip = eip;
		return 0;
	case CALLBACKTYPE_failsafe:
		v->cpu.failsafe_cs = cs;
		v->cpu.failsafe_eip = eip;
		v->cpu.failsafe_masks = masks;
		return 0;
	case CALLBACKTYPE_sysenter_deprecated:
	case CALLBACKTYPE_sysenter:
		v->cpu.sysenter_cb.cs = cs;
		v->cpu.sysenter_cb.eip = eip;
		v->cpu.sysenter_cb.masks = masks;
		return 0;
	case CALLBACKTYPE_syscall32:
		v->cpu.syscall32_cb.cs = cs;
		v->cpu.syscall32_cb.eip = eip;
		v->cpu.syscall32_cb.masks = masks;
		return 0;
	case CALLBACKTYPE_nmi:
		v->cpu.nmi_cb.cs = cs;
		v->cpu.nmi_cb.eip = eip;
		v->cpu.nmi_cb.masks = true;
		return 0;
	default:
		return trace_error(-XEN_ENOSYS);
	}
}

/* -XEN_EINVAL: of a type that only another one can take the place of. */
static int unset_callback(struct vcpu *v, uint32_t type)
{
	switch (type) {
	case CALLBACKTYPE_event:
	case CALLBACKTYPE_failsafe:
	case CALLBACKTYPE_syscall:
	case CALLBACKTYPE_syscall32:
	case CALLBACKTYPE_sysenter_deprecated:
	case CALLBACKTYPE_sysenter:
		return trace_error(-XEN_EINVAL);
	case CALLBACKTYPE_nmi:
		v->cpu.nmi_cb.eip = 0;
		return 0;
	default:
		return trace_error(-XEN_ENOSYS);
	}
}

static int32_t callback_register(struct subop_call *c, struct callback_register *r)
{
	return set_vcpu_callback(c->v, r->type, r->address.cs, r->address.eip,
				 r->flags & CALLBACKF_mask_events);
}

static int32_t callback_unregister(struct subop_call *c, struct callback_unregister *r)
{
	return unset_callback(c->v, r->type);
}

int32_t do_callback_op(uint32_t cmd, gva_t arg)
{
	static const struct subop ops[] = {
#define OP(name, argument, way, privilege, summary) \
	SUBOP_ENTRY(CALLBACKOP_##name, callback_##name, argument, way, privilege),
#include "cpu/callback_ops.def"
#undef OP
	};
	static const struct subop_table table = SUBOP_TABLE(ops, __HYPERVISOR_callback_op);

	return subop_run(&table, cmd, arg);
}

/* The old form: event CS:EIP, failsafe CS:EIP. */
int32_t do_set_callbacks(uint32_t event_cs, uint32_t event_eip, uint32_t failsafe_cs,
			 uint32_t failsafe_eip)
{
	int rc = set_vcpu_callback(current, CALLBACKTYPE_event, event_cs, event_eip, false);

	return rc ? rc
		  : set_vcpu_callback(current, CALLBACKTYPE_failsafe, failsafe_cs, failsafe_eip,
				      false);
}

/* NMIs are the business of the first domain's first VCPU (public/nmi.h). */
static int32_t nmi_register_callback(struct subop_call *c, struct xennmi_callback *cb)
{
	if (!c->d->initial || c->v->id)
		return trace_error(-XEN_EINVAL);
	return set_vcpu_callback(c->v, CALLBACKTYPE_nmi, FLAT_KERNEL_CS, cb->handler_address, true);
}

static int32_t nmi_unregister_callback(struct subop_call *c, struct subop_none *none)
{
	return unset_callback(c->v, CALLBACKTYPE_nmi);
}

int32_t do_nmi_op(uint32_t cmd, gva_t arg)
{
	static const struct subop ops[] = {
#define OP(name, argument, way, privilege, summary) \
	SUBOP_ENTRY(XENNMI_##name, nmi_##name, argument, way, privilege),
#include "cpu/nmi_ops.def"
#undef OP
	};
	static const struct subop_table table = SUBOP_TABLE(ops, __HYPERVISOR_nmi_op);

	return subop_run(&table, cmd, arg);
}

/* ss: ss, esp: esp of the stack for traps from rings 2 and 3; used as it is, when it is used. */
int32_t do_stack_switch(uint32_t ss, uint32_t esp)
{
	struct vcpu *v = current;

	v->cpu.kernel_ss = fix_stack_selector(ss);
	v->cpu.kernel_sp = esp;
	set_ring1_stack(this_cpu(), v->cpu.kernel_ss, v->cpu.kernel_sp);
	return 0;
}
