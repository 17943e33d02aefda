/* SPDX-License-Identifier: MIT */
/* Life and death of domains and their virtual CPUs. */
#include "domain.h"
#include "console.h"
#include "emulated.h"
#include "event.h"
#include "lib.h"
#include "mm.h"
#include "pirq.h"
#include "traps.h"

struct domain *domains;

struct domain *domain_create(uint16_t id, uint32_t max_pages)
{
	struct domain *d = heap_alloc(sizeof(*d));

	if (!d)
		return NULL;
	d->id = id;
	d->max_pages = max_pages;
	set_classic(d, false);
	d->console_mfn = d->perdomain_l1 = INVALID_MFN;
	d->boot_time = now_ns();
	d->shared = heap_alloc_page();
	if (!d->shared)
		goto no_shared;
	d->shared_mfn = heap_page_mfn(d->shared);
	/* start_info names its machine address in 32 bits. */
	if (d->shared_mfn.n >> 20)
		panic("the heap gave a page above 4 GiB for shared_info");
	share_page_with_guest(d->shared_mfn, d, true);
	if (domain_paging_init(d))
		goto no_paging;
	for (uint32_t i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		d->shared->vcpu_info[i].evtchn_upcall_mask = 1;
	update_wallclock(d);
	domains = d;
	return d;

no_paging:
	heap_free_page(d->shared);
no_shared:
	heap_free(d);
	return NULL;
}

/* VCPUs are created in order, offline; the builder or VCPUOP_initialise gives them a context. */
struct vcpu *vcpu_create(struct domain *d, uint32_t id)
{
	struct vcpu *v;

	if (id >= MAX_VCPUS || id != d->nr_vcpus)
		return NULL;
	v = heap_alloc(sizeof(*v));
	if (!v)
		return NULL;
	v->domain = d;
	v->id = id;
	v->info = &d->shared->vcpu_info[id];
	v->guest_cr3 = INVALID_MFN;
	v->guest_dr[6] = 0xffff0ff0; /* as after reset (Intel SDM 3, 17.2) */
	v->guest_dr[7] = 0x00000400;
	if (fpu_init_vcpu(v)) {
		heap_free(v);
		return NULL;
	}
	events_vcpu_init(v);
	vcpu_timers_init(v);
	vcpu_set_runstate(v, VCPU_OFFLINE);
	d->vcpus[id] = v;
	d->nr_vcpus = id + 1;
	return v;
}

static void vcpu_destroy(struct vcpu *v)
{
	vcpu_timers_stop(v);
	v->domain->vcpus[v->id] = NULL;
	heap_free_page(v->fpu_area);
	heap_free(v);
}

/*
 * Undo all of the above.  Nothing of the domain may run any more and none of
 * its tables be loaded.  What it holds of memory goes first, since page types
 * still name the domain; -XEN_ERESTART only means that there is more to do.
 */
void domain_destroy(struct domain *d)
{
	d->dying = true;
	events_domain_destroy(d);
	while (domain_relinquish_memory(d) == -XEN_ERESTART)
		;
	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		if (d->vcpus[i])
			vcpu_destroy(d->vcpus[i]);
	domain_paging_destroy(d);
	pirqs_domain_destroy(d);
	heap_free(d->ioports);
	if (d->console_ring)
		heap_free_page(d->console_ring);
	if (d->store_ring)
		heap_free_page(d->store_ring);
	heap_free_page(d->shared);
	if (domains == d)
		domains = NULL;
	heap_free(d);
}

static const char *shutdown_name(uint32_t reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		return "poweroff";
	case SHUTDOWN_reboot:
		return "reboot";
	case SHUTDOWN_suspend:
		return "suspend";
	case SHUTDOWN_crash:
		return "crash";
	case SHUTDOWN_watchdog:
		return "watchdog";
	case SHUTDOWN_soft_reset:
		return "soft reset";
	default:
		return NULL;
	}
}

/*
 * The domain is done, for the reason it gives (any 32-bit value: it is a
 * guest's).  The first domain takes the machine with it: power-off and reboot
 * are what they say, and nobody is left who could resume a suspended one.
 */
/* What the run cost; Bochs tests read the repairs, everybody else may like to know. */
void domain_print_counters(const struct domain *d)
{
	const struct cpu *c = this_cpu();

	printk(LOG_INFO,
	       "domain %u: %u ring-0 entries, %llu CR3 loads, %llu TLB flushes, "
	       "%llu 4gb_segments repairs\n",
	       d->id, c->n_entries, c->n_cr3_loads, c->n_tlb_flushes, c->n_seg_repairs);
	print_emulated(d);
}

void domain_shutdown(struct domain *d, uint32_t reason)
{
	const char *name = shutdown_name(reason);

	spin_lock(&d->lock);
	d->is_shut_down = true;
	d->shutdown_code = reason;
	spin_unlock(&d->lock);
	domain_print_counters(d);
	if (name)
		printk(LOG_INFO, "domain %u shut down: %s\n", d->id, name);
	else
		printk(LOG_INFO, "domain %u shut down: reason %u\n", d->id, reason);

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
