/* SPDX-License-Identifier: MIT */
/*
 * when: sys/arch/i386/include/frameasm.h lacks /intrfastexit/
 *
 * A kernel that natively knows no hypervisor: its clock, its floating point, and what it is told of
 * the machine.
 */
#include "pvvar.h"

#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/timetc.h>

#include <dev/clock_subr.h>

#include <machine/pcb.h>

#include <xen/evtchn.h>
#include <xen/xen-public/vcpu.h>

union start_info_union start_info_union;
volatile shared_info_t *HYPERVISOR_shared_info;

extern void (*delay_func)(unsigned int);
extern void (*initclock_func)(void);
void	init_bootspace(void);
void	clts(void);
void	pv_switch_fpu(struct lwp *);

/* Nanoseconds since the machine began. */
static uint64_t
now(void)
{
	volatile struct vcpu_time_info *t = &HYPERVISOR_shared_info->vcpu_info[0].time;
	uint64_t tsc, since, ns;
	uint32_t version;

	do {
		version = t->version;
		x86_lfence();
		__asm volatile("rdtsc" : "=A" (tsc));
		since = tsc - t->tsc_timestamp;
		since = t->tsc_shift < 0 ? since >> -t->tsc_shift : since << t->tsc_shift;
		ns = t->system_time + (((since & 0xffffffff) * t->tsc_to_system_mul) >> 32) +
		    (since >> 32) * t->tsc_to_system_mul;
		x86_lfence();
	} while ((version & 1) != 0 || version != t->version);
	return ns;
}

static u_int
timecount(struct timecounter *tc)
{

	return (u_int)now();
}

static struct timecounter pv_timecounter = {
	.tc_get_timecount = timecount,
	.tc_counter_mask = ~0u,
	.tc_frequency = 1000000000,
	.tc_name = "hypervisor",
	.tc_quality = 1000,
};

void
pv_delay(unsigned int us)
{
	uint64_t end = now() + (uint64_t)us * 1000;

	while (now() < end)
		x86_pause();
}

/* The hypervisor's timer as the local APIC's: pv_put_off_events() says when it has run out. */
static void
pv_initclocks(void)
{
	struct vcpu_set_periodic_timer every = { .period_ns = 1000000000 / hz };

	pv_clock_port = bind_virq_to_evtch(VIRQ_TIMER);
	PV_MUST("the clock", HYPERVISOR_vcpu_op(VCPUOP_set_periodic_timer, 0, &every));
	hypervisor_enable_event(pv_clock_port);
}

/* The time of day at the machine's beginning is in the shared page; nobody sets it. */
static int
read_clock(struct todr_chip_handle *todr, struct timeval *tv)
{
	volatile shared_info_t *s = HYPERVISOR_shared_info;
	uint64_t ns = now() + s->wc_nsec;

	tv->tv_sec = s->wc_sec + ns / 1000000000;
	tv->tv_usec = ns % 1000000000 / 1000;
	return 0;
}

static int
keep_clock(struct todr_chip_handle *todr, struct timeval *tv)
{

	return 0;
}

void
pv_clock_attach(void)
{
	static struct todr_chip_handle todr = {
		.todr_gettime = read_clock,
		.todr_settime = keep_clock,
	};

	tc_init(&pv_timecounter);
	todr_attach(&todr);
}

void
pv_end(bool again)
{

	if (again)
		HYPERVISOR_reboot();
	HYPERVISOR_shutdown();
	for (;;)
		;
}

void
pv_platform(start_info_t *si)
{

	memcpy(&xen_start_info, si, sizeof(xen_start_info));
	delay_func = pv_delay;
	initclock_func = pv_initclocks;
}

void
init_bootspace(void)
{
}

void *
pv_local_table(void)
{
	static union descriptor table[PAGE_SIZE / sizeof(union descriptor)] __aligned(PAGE_SIZE);
	unsigned int i;

	for (i = 0; i < NLDT; i++)
		if ((ldt[i].sd.sd_type & 0x10) != 0 && ldt[i].sd.sd_dpl != 0)
			table[i] = ldt[i];
	return table;
}

/* A program's floating point state is loaded when it is wanted, so TS is the processor's. */
void
pv_set_ts(int on)
{

	if (((pv_cr0 & CR0_TS) != 0) == on)
		return;
	pv_cr0 ^= CR0_TS;
	HYPERVISOR_fpu_taskswitch(on);
}

void
clts(void)
{

	pv_set_ts(0);
}

void
pv_switch_fpu(struct lwp *l)
{

	pv_set_ts(curcpu()->ci_fpcurlwp != l);
}

cpureg_t
rcr4(void)
{

	return pv_cr4;
}

void
lcr4(cpureg_t cr4)
{

	pv_cr4 = cr4;
}
