/* SPDX-License-Identifier: MIT */
/* Event channels (event/), time (time/) and scheduling (sched/): what other rooms may call. */
#ifndef RINGONE_EVENT_H
#define RINGONE_EVENT_H

#include "domain.h"

/* ---- events ---- */
void send_virq(struct vcpu *v, uint32_t virq);          /* per-VCPU VIRQs */
void send_global_virq(struct domain *d, uint32_t virq); /* VCPU 0 or where bound */
void port_set_pending(struct domain *d, uint32_t port);
void port_unmask(struct domain *d, uint32_t port);                /* event_lock held; one in use */
int event_alloc_hv_port(struct domain *d, uint16_t remote_domid); /* console: port or -errno */
void events_vcpu_init(struct vcpu *v);
void events_domain_destroy(struct domain *d);
static inline bool events_deliverable(const struct vcpu *v)
{
	return v->info->evtchn_upcall_pending && !v->info->evtchn_upcall_mask;
}

/* The hypervisor's end of the console ring (first=plain). */
void console_ring_notify(struct domain *d); /* guest kicked the port: drain to serial */
void store_ring_notify(struct domain *d);   /* likewise: answer what it asked the store */
void console_input(void);                   /* softirq: serial bytes to ring or VIRQ_CONSOLE */

/* ---- time ---- */
void time_init(void);  /* TSC and LAPIC calibration, wallclock from CMOS */
uint64_t now_ns(void); /* system time, ns since boot */
void timer_set(struct timer *t, uint64_t expires_ns);
void timer_cancel(struct timer *t);
void timer_softirq(void);
void update_vcpu_time(struct vcpu *v); /* time page; at load and periodically */
void update_wallclock(struct domain *d);
/* At that system time it was so many seconds (and ns, below 10^9) since 1970. */
void set_wallclock(uint64_t seconds, uint32_t ns, uint64_t system_time);
void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_stop(struct vcpu *v);

/* ---- interrupts ---- */
void irq_init(void); /* PIC remapped and masked, LAPIC on */
void irq_eoi(void);
void irq_unmask_pic(uint32_t irq);
#define IRQ_BASE_VECTOR       0x20 /* PIC 0x20..0x2f */
#define LAPIC_TIMER_VECTOR    0xf0
#define LAPIC_IPI_VECTOR      0xf1
#define LAPIC_SPURIOUS_VECTOR 0xff

/* ---- scheduling ---- */
void sched_init(void);
void vcpu_wake(struct vcpu *v);  /* blocked -> runnable; kicks its CPU */
void vcpu_block(struct vcpu *v); /* current: takes effect on the way out */
void vcpu_set_runstate(struct vcpu *v, enum vcpu_runstate s);
bool vcpu_may_run(const struct vcpu *v); /* its domain neither stands still nor dies */
void schedule(void);                     /* on the way out, SOFTIRQ_SCHED: may idle, may switch */
void __noreturn start_first_vcpu(struct vcpu *v);
void sched_recheck_domain(struct domain *d); /* it was paused, shut down, ...; or the opposite */
void vcpu_info_release(struct vcpu *v);      /* undo VCPUOP_register_vcpu_info; at destroy */
void vcpu_sched_destroy(struct vcpu *v);     /* timers, queue and areas forgotten; not current */

/* ---- grants ---- */
void grant_domain_destroy(struct domain *d); /* domain/grant.c; after its tables are gone */

/* Fixmap pages of registered vcpu_infos, handed out by sched/vcpu_info.c. */
#define FIX_VCPU_INFO(n) (FIXMAP_START + 0x20000 + (n)*PAGE_SIZE)

#endif
