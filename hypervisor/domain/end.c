/* SPDX-License-Identifier: MIT */
/*
 * How domains end (TRUST 27).
 *
 *	runs --shutdown, crash--> stands still --domain_kill()--> dying --last reference--> gone
 *
 * The first half is the guest's doing: it says that it is done, or does what
 * it must not.  Only the hardware domain takes the machine with it; any other
 * stands still, with its memory to look at, until the tools have heard
 * VIRQ_DOM_EXC and destroy it, or resume it.  The second half is theirs.
 */
#include "domain.h"
#include "machine/machine.h"
#include "mm/mm.h"
#include "say/say.h"
#include "unit.h"
#include "trust.h"

/* ---- standing still ---- */

static const char *shutdown_name(uint32_t reason)
{
	static const char *const names[] = {
		[SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
		[SHUTDOWN_suspend] = "suspend",   [SHUTDOWN_crash] = "crash",
		[SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft reset",
	};

	return reason < ARRAY_SIZE(names) ? names[reason] : NULL;
}

/* What the run cost; Bochs tests read the repairs, everybody else may like to know. */
void domain_print_counters(const struct domain *d)
{
	const struct cpu *c = this_cpu();

	printk(LOG_INFO,
	       "domain %u: %u ring-0 entries, %llu CR3 loads, %llu TLB flushes, "
	       "%llu 4gb_segments repairs\n",
	       d->id, c->n_entries, c->n_cr3_loads, c->n_tlb_flushes, c->n_seg_repairs);
	units_dump(d);
}

/* The machine goes with the domain that owns it; nobody is left who could resume a suspended one. */
static void __noreturn machine_follows(uint32_t reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
	case SHUTDOWN_suspend:
		machine_end(MACHINE_POWEROFF);
	case SHUTDOWN_reboot:
	case SHUTDOWN_soft_reset:
		machine_end(MACHINE_REBOOT);
	default:
		machine_end(MACHINE_DOMAIN_CRASHED);
	}
}

/*
 * The domain is done, for the reason it gives (any 32-bit value: it is a
 * guest's).  Its VCPUs leave their processors on the way out.
 */
void domain_shutdown(struct domain *d, uint32_t reason)
{
	const char *name;
	bool already;

	spin_lock(&d->lock);
	already = d->is_shut_down;
	d->is_shut_down = true;
	if (!already && d->shutdown_code == NO_SHUTDOWN_CODE)
		d->shutdown_code = reason;
	reason = d->shutdown_code; /* it may have been said before (SCHEDOP_shutdown_code) */
	spin_unlock(&d->lock);
	if (already)
		return;
	name = shutdown_name(reason);
	units_domain_halts(d);
	if (d == hardware_domain)
		domain_print_counters(d);
	if (name)
		printk(LOG_INFO, "domain %u shut down: %s\n", d->id, name);
	else
		printk(LOG_INFO, "domain %u shut down: reason %u\n", d->id, reason);
	if (TRUST_CHECK(27, 1, d == hardware_domain))
		machine_follows(reason);
	units_domain_recheck(d);
	units_domain_exception(d);
}

/* The opposite, for one that was suspended and is to go on here.  -XEN_EINVAL: it was not. */
int domain_resume(struct domain *d)
{
	if (TRUST_WHEN(27, 126, d->crashed) || !d->is_shut_down)
		return -XEN_EINVAL;
	d->shutdown_code = NO_SHUTDOWN_CODE;
	d->is_shut_down = false;
	units_domain_recheck(d);
	return 0;
}

/*
 * SOFTIRQ_DOMAINS: kill_domain() only marked a domain, since locks may have
 * been held there; it need not be the one whose VCPU runs.
 */
static void domains_softirq(void)
{
	for (struct domain *d = domain_get_from(0), *next; d; d = next) {
		if (d->crashed && !d->is_shut_down)
			domain_shutdown(d, SHUTDOWN_crash);
		next = domain_get_from(d->id + 1);
		domain_put(d);
	}
}

/* ---- pauses ---- */

/* Whoever pauses also unpauses; the VCPUs run again when the last one did. */
void domain_pause(struct domain *d)
{
	__atomic_add_fetch(&d->pauses, 1, __ATOMIC_SEQ_CST);
	units_domain_recheck(d);
}

void domain_unpause(struct domain *d)
{
	if (!__atomic_sub_fetch(&d->pauses, 1, __ATOMIC_SEQ_CST))
		units_domain_recheck(d);
}

/* ---- dying ---- */

/*
 * Take back what d holds.  Its VCPUs do not run: the caller's does, and a
 * processor that idles stands on its own tables (sched.c).  -XEN_ERESTART: there
 * is more to do, call again.  When it is done, d is there only for those who hold
 * references; which may be nobody, so the caller holds one.
 */
int domain_kill(struct domain *d)
{
	int rc;

	if (d->is_dead)
		return 0;
	if (!d->dying) {
		d->dying = true;
		units_domain_recheck(d);
	}
	rc = units_domain_relinquish(d);
	if (rc)
		return rc;
	units_domain_dead(d);
	d->is_dead = true;
	TRUST_EFFECT(27, 117, units_domain_exception(d));
	domain_put(d); /* that was its life */
	return 0;
}

/* The last reference is gone, the list has forgotten it (list.c).  Also of one half created. */
void domain_free(struct domain *d)
{
	for (uint32_t i = 0; i < nr_cpus; i++)
		if (cpus[i]->vcpu && cpus[i]->vcpu->domain == d)
			panic("domain %u is freed while processor %u stands on it", d->id, i);
	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		units_vcpu_destroy(d->vcpus[i]);
		heap_free(d->vcpus[i]);
	}
	units_domain_destroy(d);
	if (d->shared)
		heap_free_page(d->shared);
	heap_free(d->mm.e820);
	heap_free(d);
}

/* As long as it lives, it holds itself. */
static uint32_t own_ref(const struct domain *d)
{
	return !d->is_dead;
}

UNIT(domain, .softirqs = SOFTIRQ_DOMAINS, .softirq = domains_softirq, .audit = domains_audit,
     .domain_refs = own_ref);
