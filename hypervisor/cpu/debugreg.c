/* SPDX-License-Identifier: MIT */
/*
 * Debug registers.  A guest's breakpoints are in hardware while its VCPU runs
 * and DR7 enables one, and never elsewhere (TRUST 18).  They cannot point at
 * the hypervisor (TRUST 15, XSA-444), they cannot lock the registers (GD), and
 * they cannot watch I/O ports, which needs a CR4.DE that the guest need not have.
 */
#include "domain.h"
#include "hypercall.h"
#include "internal.h"
#include "trust.h"

#define DR6_FIXED    0xffff0ff0U /* read as ones */
#define DR6_BS       0x00004000U /* a single step */
#define DR6_STATUS   0x0000e00fU
#define DR7_FIXED    0x00000400U
#define DR7_ZERO     0x0000d800U /* reserved bits */
#define DR7_GD       0x00002000U
#define DR7_ENABLES  0x000000ffU
#define DR7_RW_IO    2U /* break on an I/O port */
#define DR7_RW(v, i) ((v) >> (16 + 4 * (i)) & 3)
#define MAX_BP_BYTES 8

#define WRITE_DR(n, v) __asm__ volatile("mov %0, %%dr" #n : : "r"(v))

static uint32_t read_dr6(void)
{
	uint32_t v;

	__asm__ volatile("mov %%dr6, %0" : "=r"(v));
	return v;
}

/* DR0 to DR3 may stand wherever the guest's own memory is, for their whole length. */
static bool breakpoint_ok(const struct domain *d, uint32_t va)
{
	return va <= guest_range_end(d) - MAX_BP_BYTES;
}

static bool dr7_ok(uint32_t value)
{
	if (value & DR7_GD)
		return false;
	for (uint32_t i = 0; i < 4; i++)
		if ((value >> (2 * i) & 3) && DR7_RW(value, i) == DR7_RW_IO)
			return false;
	return true;
}

void debugreg_load(struct vcpu *v)
{
	if (!(v->guest_dr[7] & DR7_ENABLES))
		return;
	WRITE_DR(0, v->guest_dr[0]);
	WRITE_DR(1, v->guest_dr[1]);
	WRITE_DR(2, v->guest_dr[2]);
	WRITE_DR(3, v->guest_dr[3]);
	WRITE_DR(6, DR6_FIXED);
	WRITE_DR(7, v->guest_dr[7] | DR7_FIXED);
}

void debugreg_unload(struct vcpu *v)
{
	/* TRUST 18: what is armed in hardware is v's, and leaves with it. */
	if (TRUST_CHECK(18, 1, !(v->guest_dr[7] & DR7_ENABLES)))
		return;
	WRITE_DR(7, DR7_FIXED);
	/* What another guest could still read if it had a way to (it has not). */
	WRITE_DR(0, 0);
	WRITE_DR(1, 0);
	WRITE_DR(2, 0);
	WRITE_DR(3, 0);
}

/*
 * Write debug register nr of v, which may be off the processor.  DR4 and DR5
 * are other names of DR6 and DR7, as with CR4.DE clear.  -XEN_EPERM for an
 * address in the hole, -XEN_EINVAL for what DR7 may not ask for.
 */
int set_debugreg(struct vcpu *v, uint32_t nr, uint32_t value)
{
	bool loaded = v == current;

	if (likely(nr <= 3)) {
		if (!TRUST_CHECK(15, 1, breakpoint_ok(v->domain, value)))
			return trace_error(-XEN_EPERM);
		/* Addresses reach the hardware when something is enabled, all at once. */
		if (likely(!(v->guest_dr[7] & DR7_ENABLES))) {
			v->guest_dr[nr] = value;
			return 0;
		}
	}
	if (nr == 4 || nr == 5)
		nr += 2;
	if (nr > 7)
		return trace_error(-XEN_EINVAL);
	if (nr == 6) {
		value = (value & DR6_STATUS) | DR6_FIXED;
	} else if (nr == 7) {
		value &= ~DR7_ZERO;
		if (!TRUST_CHECK(15, 2, dr7_ok(value)))
			return trace_error(-XEN_EINVAL);
	}
	if (loaded)
		debugreg_unload(v);
	v->guest_dr[nr] = value;
	if (loaded)
		debugreg_load(v);
	return 0;
}

bool read_guest_dr(const struct vcpu *v, uint32_t nr, uint32_t *value)
{
	if (nr == 4 || nr == 5)
		nr += 2;
	if (nr > 7)
		return false;
	*value = v->guest_dr[nr] | (nr == 6 ? DR6_FIXED : nr == 7 ? DR7_FIXED : 0);
	return true;
}

/* The addresses of a VCPU without armed breakpoints at once; the rest is set_debugreg()'s. */
int32_t do_set_debugreg(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5,
			uint32_t a6)
{
	struct vcpu *v = current;

	if (unlikely(a1 > 3) || unlikely(v->guest_dr[7] & DR7_ENABLES) ||
	    unlikely(!TRUST_CHECK(15, 3, breakpoint_ok(v->domain, a2))))
		return set_debugreg(v, a1, a2);
	v->guest_dr[a1] = a2;
	return 0;
}

int32_t do_get_debugreg(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5,
			uint32_t a6)
{
	uint32_t value;

	return read_guest_dr(current, a1, &value) ? (int32_t)value : -XEN_EINVAL;
}

/* The guest's #DB: single step, or one of its own breakpoints. */
void trap_debug(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;

	v->guest_dr[6] = (v->guest_dr[6] & ~0xfU) | (read_dr6() & DR6_STATUS) | DR6_FIXED;
	drop_debug_status();
	inject_trap(TRAP_DB, 0);
}

void inject_single_step(void)
{
	current->guest_dr[6] |= DR6_BS | DR6_FIXED;
	inject_trap(TRAP_DB, 0);
}

void drop_debug_status(void)
{
	WRITE_DR(6, DR6_FIXED);
}
