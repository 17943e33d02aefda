/* SPDX-License-Identifier: MIT */
/*
 * Debug registers.  A guest's breakpoints are in hardware while its VCPU runs
 * and DR7 enables one, and never elsewhere (TRUST 18).  They cannot point at
 * the hypervisor (TRUST 15, XSA-444), and they cannot lock the registers (GD).
 *
 * A breakpoint on an I/O port, which a kernel may have under its CR4.DE, never
 * is in hardware, where it would meet the hypervisor's own I/O: every IN and OUT
 * of a guest is done for it, and looks here (io_breakpoint).
 */
#include "cpu.h"
#include "internal.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"

#define DR6_FIXED     0xffff0ff0U /* read as ones */
#define DR6_BS        0x00004000U /* a single step */
#define DR6_STATUS    0x0000e00fU
#define DR7_FIXED     0x00000400U
#define DR7_ZERO      0x0000d800U /* reserved bits */
#define DR7_GD        0x00002000U
#define DR7_ENABLES   0x000000ffU
#define DR7_RW_IO     2U /* break on an I/O port */
#define DR7_RW(v, i)  ((v) >> (16 + 4 * (i)) & 3)
#define DR7_LEN(v, i) ((v) >> (18 + 4 * (i)) & 3)
#define MAX_BP_BYTES  8

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

static bool watches_port(uint32_t dr7, uint32_t i)
{
	return (dr7 >> (2 * i) & 3) && DR7_RW(dr7, i) == DR7_RW_IO;
}

/* DR7 as it may be in hardware: without the breakpoints on ports. */
static uint32_t hardware_dr7(uint32_t dr7)
{
	uint32_t value = dr7 | DR7_FIXED;

	for (uint32_t i = 0; i < 4; i++)
		if (watches_port(dr7, i))
			value &= ~(3U << (2 * i) | 15U << (16 + 4 * i));
	return value;
}

/* -XEN_EPERM: GD, or a port to be watched without CR4.DE, which gives the type its meaning. */
static int dr7_check(const struct vcpu *v, uint32_t value)
{
	if (!TRUST_CHECK(15, 2, !(value & DR7_GD)))
		return -XEN_EPERM;
	for (uint32_t i = 0; i < 4; i++)
		if (watches_port(value, i) && !(v->cpu.guest_cr4 & CR4_DE))
			return -XEN_EPERM;
	return 0;
}

void debugreg_load(struct vcpu *v)
{
	if (!(v->cpu.guest_dr[7] & DR7_ENABLES))
		return;
	WRITE_DR(0, v->cpu.guest_dr[0]);
	WRITE_DR(1, v->cpu.guest_dr[1]);
	WRITE_DR(2, v->cpu.guest_dr[2]);
	WRITE_DR(3, v->cpu.guest_dr[3]);
	WRITE_DR(6, DR6_FIXED);
	WRITE_DR(7, hardware_dr7(v->cpu.guest_dr[7]));
}

void debugreg_unload(struct vcpu *v)
{
	/* TRUST 18: what is armed in hardware is v's, and leaves with it. */
	if (TRUST_CHECK(18, 1, !(v->cpu.guest_dr[7] & DR7_ENABLES)))
		return;
	WRITE_DR(7, DR7_FIXED);
	/* What another guest could still read if it had a way to (it has not). */
	WRITE_DR(0, 0);
	WRITE_DR(1, 0);
	WRITE_DR(2, 0);
	WRITE_DR(3, 0);
}

/* DR4 and DR5 are other names of DR6 and DR7, but under CR4.DE there are none.  False: no such one. */
static bool debugreg_named(const struct vcpu *v, uint32_t *nr)
{
	if (*nr == 4 || *nr == 5) {
		if (v->cpu.guest_cr4 & CR4_DE)
			return false;
		*nr += 2;
	}
	return *nr <= 7;
}

/*
 * Write debug register nr of v, which may be off the processor.  -XEN_ENODEV: there
 * is none; -XEN_EPERM for an address in the hole, or as dr7_check() says.
 */
int set_debugreg(struct vcpu *v, uint32_t nr, uint32_t value)
{
	bool loaded = v == current;
	int rc;

	if (likely(nr <= 3)) {
		if (!TRUST_CHECK(15, 1, breakpoint_ok(v->domain, value)))
			return trace_error(-XEN_EPERM);
		/* Addresses reach the hardware when something is enabled, all at once. */
		if (likely(!(v->cpu.guest_dr[7] & DR7_ENABLES))) {
			v->cpu.guest_dr[nr] = value;
			return 0;
		}
	}
	if (!debugreg_named(v, &nr))
		return trace_error(-XEN_ENODEV);
	if (nr == 6) {
		value = (value & DR6_STATUS) | DR6_FIXED;
	} else if (nr == 7) {
		value &= ~DR7_ZERO;
		rc = dr7_check(v, value);
		if (rc)
			return trace_error(rc);
	}
	if (loaded)
		debugreg_unload(v);
	v->cpu.guest_dr[nr] = value;
	if (loaded)
		debugreg_load(v);
	return 0;
}

bool read_guest_dr(const struct vcpu *v, uint32_t nr, uint32_t *value)
{
	if (!debugreg_named(v, &nr))
		return false;
	*value = v->cpu.guest_dr[nr] | (nr == 6 ? DR6_FIXED : nr == 7 ? DR7_FIXED : 0);
	return true;
}

/* The addresses of a VCPU without armed breakpoints at once; the rest is set_debugreg()'s. */
int32_t do_set_debugreg(uint32_t reg, uint32_t value)
{
	struct vcpu *v = current;

	if (unlikely(reg > 3) || unlikely(v->cpu.guest_dr[7] & DR7_ENABLES) ||
	    unlikely(!TRUST_CHECK(15, 3, breakpoint_ok(v->domain, value))))
		return set_debugreg(v, reg, value);
	v->cpu.guest_dr[reg] = value;
	return 0;
}

int32_t do_get_debugreg(uint32_t reg)
{
	uint32_t value;

	return read_guest_dr(current, reg, &value) ? (int32_t)value : -XEN_ENODEV;
}

/* The guest's #DB: single step, or one of its own breakpoints. */
void trap_debug(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;

	v->cpu.guest_dr[6] = (v->cpu.guest_dr[6] & ~0xfU) | (read_dr6() & DR6_STATUS) | DR6_FIXED;
	drop_debug_status();
	inject_trap(TRAP_DB, 0);
}

/*
 * The current VCPU has done I/O of `bytes` bytes at `port`: if it watches one of
 * them, the #DB comes behind the instruction (or the element of a repeated one),
 * where regs->eip stands.
 */
void io_breakpoint(const struct cpu_user_regs *regs, uint32_t port, uint32_t bytes)
{
	static const uint8_t lengths[] = { 1, 2, 8, 4 };
	struct vcpu *v = current;
	uint32_t dr7 = v->cpu.guest_dr[7], hits = 0;

	if (likely(!(dr7 & DR7_ENABLES)))
		return;
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t length = lengths[DR7_LEN(dr7, i)], at = v->cpu.guest_dr[i] & -length;

		if (watches_port(dr7, i) && port < at + length && at < port + bytes)
			hits |= 1U << i;
	}
	if (!hits)
		return;
	v->cpu.guest_dr[6] = (v->cpu.guest_dr[6] & ~0xfU) | hits | DR6_FIXED;
	if (regs->eflags & EFLAGS_TF)
		v->cpu.guest_dr[6] |= DR6_BS;
	inject_trap(TRAP_DB, 0);
}

void inject_single_step(void)
{
	current->cpu.guest_dr[6] |= DR6_BS | DR6_FIXED;
	inject_trap(TRAP_DB, 0);
}

void drop_debug_status(void)
{
	WRITE_DR(6, DR6_FIXED);
}
