/* SPDX-License-Identifier: MIT */
/* Calls about processors: traps, descriptors, callbacks, registers, VCPUs. */
#include "fuzz.h"

static uint32_t pick_handler(void)
{
	return one_in(4) ? pick_code() : (uint32_t)(unsigned long)ringone_hypercall_page;
}

static void make_trap_table(struct call *c)
{
	uint32_t n = below(6);
	struct trap_info *t = room((n + 1) * sizeof(*t));

	for (uint32_t i = 0; i < n; i++) {
		t[i].vector = one_in(3) ? below(256) : 0x80 + below(0x60);
		/* Without a handler for faults there is no second attempt. */
		if (!reckless && t[i].vector < 20)
			t[i].vector += 0x20;
		t[i].flags = one_in(4) ? random32() : below(16);
		t[i].cs = pick_selector();
		t[i].address = pick_handler();
		/* No direct gate where the stack may lie in the hole: see harmless_register(). */
		if (t[i].vector == 0x80 && rough)
			t[i].flags |= 4;
	}
	if (!one_in(20))
		memset(&t[n], 0, sizeof(*t));
	*c = (struct call){ __HYPERVISOR_set_trap_table, { one_in(50) && reckless ? 0 : bent(t) ?: 4 } };
}

static void make_gdt(struct call *c)
{
	uint32_t n = one_in(6) ? 14 : 1 + below(3);
	uint32_t *frames = room(14 * sizeof(*frames));

	for (uint32_t i = 0; i < n; i++)
		frames[i] = pick_mfn();
	*c = (struct call){ __HYPERVISOR_set_gdt,
			    { bent(frames), one_in(4) ? pick_number() : n * 512 - below(512) } };
}

static void make_descriptor(struct call *c)
{
	uint64_t ma = (pick_slot() & ~7ull) | (one_in(12) ? below(8) : 0), desc = pick_descriptor();

	*c = (struct call){ __HYPERVISOR_update_descriptor, { ma, ma >> 32, desc, desc >> 32 } };
}

static void make_callback(struct call *c)
{
	struct callback_register *r = room(sizeof(*r));

	r->type = one_in(3) ? pick_number() : below(8);
	/* The loop lives by its upcall and its failsafe handler. */
	if (!reckless && (r->type == CALLBACKTYPE_event || r->type == CALLBACKTYPE_failsafe))
		r->type = CALLBACKTYPE_sysenter;
	r->flags = below(4);
	r->address.cs = pick_selector();
	r->address.eip = pick_handler();
	*c = (struct call){ __HYPERVISOR_callback_op,
			    { one_in(8) ? pick_number() : below(2), bent(r) } };
	if (one_in(4) && reckless)
		*c = (struct call){ __HYPERVISOR_set_callbacks,
				    { pick_selector(), pick_handler(), pick_selector(),
				      pick_handler() } };
	if (one_in(6))
		*c = (struct call){ __HYPERVISOR_nmi_op, { pick_number(), bent(r) } };
}

static void make_debugreg(struct call *c)
{
	uint32_t value = one_in(2) ? pick_va() : PICK(0, 0x400, 0xffff0ff0, random32());

	*c = (struct call){ one_in(2) ? __HYPERVISOR_set_debugreg : __HYPERVISOR_get_debugreg,
			    { one_in(4) ? pick_number() : below(8), value } };
}

static void make_stack(struct call *c)
{
	*c = (struct call){
		__HYPERVISOR_stack_switch,
		{ reckless ? pick_selector() : PICK(FLAT_KERNEL_SS, FLAT_KERNEL_SS & ~3u),
		  reckless ? pick_va()
			   : (uint32_t)(unsigned long)trap_stack + sizeof(trap_stack) - below(64) }
	};
}

/* A context of noise, as far as this machine can bear it. */
static void fill_with_noise(struct vcpu_guest_context *x, uint32_t id)
{
	uint32_t *w = (uint32_t *)x;

	for (uint32_t i = 0; i < sizeof(*x) / 64; i++)
		w[below(sizeof(*x) / 4)] = random32();
	if (limits)
		return;
	x->user_regs.eip = crowd_entry(id);
	x->event_callback_eip = pick_code();
	x->failsafe_callback_eip = pick_code();
	for (int i = 0; i < 256; i++)
		x->trap_ctxt[i].address = pick_code();
}

void fill_context(struct vcpu_guest_context *x, uint32_t id)
{
	crowd_context(x, id);
	if (one_in(reckless ? 2 : 30)) {
		fill_with_noise(x, id);
		return;
	}
	x->flags = one_in(2) ? VGCF_in_kernel : random32();
	if (one_in(8))
		x->user_regs.cs = pick_selector();
	if (one_in(8))
		x->user_regs.ss = pick_selector();
	if (one_in(8))
		x->user_regs.ds = x->user_regs.es = pick_selector();
	x->user_regs.fs = one_in(4) ? pick_selector() : 0;
	if (one_in(6))
		x->user_regs.eflags = random32();
	x->ldt_base = one_in(4) ? pick_va() : 0;
	x->ldt_ents = one_in(4) ? pick_number() : 0;
	x->gdt_ents = one_in(4) ? pick_number() : one_in(2) ? 512 : 0;
	for (int i = 0; i < 16; i++)
		x->gdt_frames[i] = pick_mfn();
	if (one_in(6))
		x->ctrlreg[3] = random32();
	for (int i = 0; i < 8; i++)
		x->debugreg[i] = one_in(10) ? pick_va() : 0;
	if (!reckless)
		return;
	x->user_regs.eip = pick_code();
	x->kernel_ss = pick_selector();
	x->event_callback_eip = pick_handler();
	x->failsafe_callback_eip = pick_handler();
}

static void make_vcpu_op(struct call *c)
{
	uint32_t cmd = one_in(8) ? pick_number() : below(14),
		 who = one_in(8) ? pick_number() : below(4);
	struct vcpu_guest_context *arg = room(sizeof(*arg));

	if (cmd == VCPUOP_initialise) {
		fill_context(arg, who);
	} else if (cmd == VCPUOP_register_vcpu_info) {
		struct vcpu_register_vcpu_info *r = (void *)arg;

		r->mfn = pick_mfn();
		r->offset = one_in(3) ? pick_number() : below(64) * 64;
		if (!who && !reckless)
			who = 1; /* our own is where the loop looks */
	} else if (cmd == VCPUOP_register_runstate_memory_area ||
		   cmd == VCPUOP_register_vcpu_time_memory_area) {
		*(uint32_t *)arg = pick_va();
	} else if (cmd == VCPUOP_set_periodic_timer) {
		*(uint64_t *)arg = one_in(2) ? random64() : 1000000 + random32();
	} else if (cmd == VCPUOP_set_singleshot_timer) {
		struct vcpu_set_singleshot_timer *t = (void *)arg;

		t->timeout_abs_ns = pick_time();
		t->flags = below(3);
	} else if (cmd == VCPUOP_down && !reckless && !who) {
		who = 1;
	}
	*c = (struct call){ __HYPERVISOR_vcpu_op, { cmd, who, bent(arg) } };
}

static void make_assist(struct call *c)
{
	*c = (struct call){ __HYPERVISOR_vm_assist,
			    { one_in(8) ? pick_number() : below(2),
			      one_in(4) ? pick_number() : below(6) } };
	if (one_in(4))
		*c = (struct call){ __HYPERVISOR_fpu_taskswitch, { pick_number() } };
}

void make_state_call(struct call *c)
{
	static void (*const makers[])(struct call *) = {
		make_trap_table, make_gdt,      make_descriptor, make_descriptor,
		make_callback,   make_debugreg, make_stack,      make_vcpu_op,
		make_vcpu_op,    make_vcpu_op,  make_assist,
	};

	makers[below(sizeof(makers) / sizeof(*makers))](c);
}

void make_raw_call(struct call *c)
{
	c->nr = one_in(8) ? pick_number() : below(64);
	for (int i = 0; i < 5; i++)
		c->a[i] = one_in(2) ? pick_va() : pick_number();
	/* Some end the run for no gain; their own generators are gentler. */
	if (!reckless &&
	    (c->nr == __HYPERVISOR_iret || c->nr == __HYPERVISOR_set_callbacks ||
	     c->nr == __HYPERVISOR_set_trap_table || c->nr == __HYPERVISOR_stack_switch ||
	     c->nr == __HYPERVISOR_sched_op_compat))
		c->nr = __HYPERVISOR_xen_version;
	/* An audit of one's own counts what others change meanwhile. */
	if (c->nr == RINGONE_HYPERCALL_AUDIT)
		c->a[0] = privileged && !in_child ? RINGONE_AUDIT_WHOLE : RINGONE_AUDIT_HEAP;
	/* A cap of one per cent, or the end of all, of oneself. */
	if (c->nr == __HYPERVISOR_domctl || c->nr == __HYPERVISOR_sysctl)
		make_control_call(c);
}
