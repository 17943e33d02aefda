/* SPDX-License-Identifier: MIT */
/*
 * System time: nanoseconds since boot, computed from the TSC, and the pages
 * through which guests compute the same number without asking (struct
 * vcpu_time_info and shared_info.wc_* in the interface's xen.h).
 */
#include "internal.h"
#include "time.h"
#include "domain/domain.h"
#include "lib.h"
#include "machine/machine.h"
#include "mm/mm.h"
#include "unit.h"
#include "x86.h"

#define REFRESH_NS MS(900) /* once a second at least, as the interface promises */

static uint64_t boot_tsc;
static uint64_t boot_seconds; /* wallclock at system time 0, seconds since 1970 */
static uint32_t boot_ns;      /* and the rest of it */

uint64_t tsc_to_ns(uint64_t tsc)
{
	return ticks_to_ns(tsc - boot_tsc, tsc_scale);
}

uint64_t now_ns(void)
{
	return tsc_to_ns(rdtsc());
}

/*
 * The stamp and the scale as of now.  Guests add what the TSC has moved since;
 * all divisions round down, so a fresh stamp is never behind what an old one
 * yields (scale.h).
 */
static void fill_time(struct vcpu_time_info *t)
{
	uint64_t tsc = rdtsc();

	t->tsc_timestamp = tsc;
	t->system_time = ticks_to_ns(tsc - boot_tsc, tsc_scale);
	t->tsc_to_system_mul = tsc_scale.mul;
	t->tsc_shift = tsc_scale.shift;
	t->flags = XEN_PVCLOCK_TSC_STABLE_BIT;
	t->pad0 = 0;
	t->pad1[0] = t->pad1[1] = 0;
}

/*
 * The area a guest registered by address (VCPUOP_register_vcpu_time_memory_area),
 * in its own memory, reached through its own page tables: an address that
 * does not take the write loses its update and nothing else.
 */
static void write_secondary_time(struct vcpu *v, struct vcpu_time_info *t)
{
	gva_t version = gva_add(v->time.time_area, offsetof(struct vcpu_time_info, version));

	v->time.time_area_version += 2;
	t->version = v->time.time_area_version - 1;
	if (copy_to_guest_raw(version, &t->version, sizeof(t->version)))
		return;
	barrier();
	if (copy_to_guest_raw(v->time.time_area, t, sizeof(*t)))
		return;
	barrier();
	copy_to_guest_raw(version, &v->time.time_area_version, sizeof(v->time.time_area_version));
}

/*
 * Bring a VCPU's time page up to date.  The version is odd while it changes;
 * it lies in the guest's memory, so one found odd there is simply made even.
 * The secondary area is written only for the VCPU whose tables are loaded.
 */
void update_vcpu_time(struct vcpu *v)
{
	struct vcpu_time_info *page = &v->info->time, now;

	fill_time(&now);
	now.version = READ_ONCE(page->version) | 1;
	WRITE_ONCE(page->version, now.version);
	barrier();
	*page = now;
	barrier();
	WRITE_ONCE(page->version, now.version + 1);
	if (v->time.time_area.a && v == current)
		write_secondary_time(v, &now);
}

/*
 * A VCPU's page is written when it is switched in.  One that is never switched
 * out, because it has stopped its tick and is alone, must see time pass all the
 * same: NetBSD waits for that to calibrate its clock.  The processor has one
 * such VCPU at most.
 */
static void refresh(void *timer)
{
	update_vcpu_time(current);
	timer_set(timer, now_ns() + REFRESH_NS);
}

void time_init(void)
{
	static struct timer timer;

	calibrate();
	boot_tsc = rdtsc();
	boot_seconds = cmos_seconds();
	timer = (struct timer){ .fn = refresh, .arg = &timer };
	timer_set(&timer, REFRESH_NS);
}

void set_wallclock(uint64_t seconds, uint32_t ns, uint64_t system_time)
{
	uint32_t rest;
	uint64_t whole = div64_32(system_time, 1000000000U, &rest);

	if (ns < rest) {
		ns += 1000000000U;
		seconds--;
	}
	boot_seconds = seconds - whole;
	boot_ns = ns - rest;
}

/* wc_* is the wallclock at system time 0; guests add system time to it. */
void update_wallclock(struct domain *d)
{
	struct shared_info *s = d->shared;
	uint64_t seconds = boot_seconds + d->time.offset;
	uint32_t version = READ_ONCE(s->wc_version) | 1;

	WRITE_ONCE(s->wc_version, version);
	barrier();
	s->wc_sec = seconds;
	s->arch.wc_sec_hi = seconds >> 32;
	s->wc_nsec = boot_ns;
	barrier();
	WRITE_ONCE(s->wc_version, version + 1);
}

static int time_domain_create(struct domain *d)
{
	d->time.boot = now_ns();
	update_wallclock(d);
	return 0;
}

static int time_vcpu_create(struct vcpu *v)
{
	vcpu_timers_init(v);
	return 0;
}

static int time_domain_relinquish(struct domain *d)
{
	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		vcpu_timers_stop(d->vcpus[i]);
	return 0;
}

UNIT(time, .domain_create = time_domain_create, .vcpu_create = time_vcpu_create,
     .domain_relinquish = time_domain_relinquish, .softirqs = SOFTIRQ_TIMER,
     .softirq = timer_softirq, .audit = timers_audit);
