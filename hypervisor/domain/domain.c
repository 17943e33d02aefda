/* SPDX-License-Identifier: MIT */
/* How domains and their virtual CPUs begin; list.c says who finds them, end.c how they end. */
#include "domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "say/say.h"
#include "unit.h"

#define DEFAULT_WEIGHT 256 /* credit2's */

struct domain *domain_create(uint16_t id, uint32_t max_pages)
{
	struct domain *d = heap_alloc(sizeof(*d));

	if (!d)
		return NULL;
	d->id = id;
	d->shutdown_code = NO_SHUTDOWN_CODE;
	d->mm.max_pages = max_pages;
	d->sched.weight = DEFAULT_WEIGHT;
	memset(&d->emulate.cpuid_mask, 0xff,
	       sizeof(d->emulate.cpuid_mask)); /* nothing is taken away */
	set_classic(d, false);
	d->peer.console_mfn = d->mm.perdomain_l1 = INVALID_MFN;
	d->shared = heap_alloc_page();
	if (!d->shared)
		goto fail;
	d->shared_mfn = heap_page_mfn(d->shared);
	/* start_info names its machine address in 32 bits. */
	if (d->shared_mfn.n >> 20)
		panic("the heap gave a page above 4 GiB for shared_info");
	share_page_with_guest(d->shared_mfn, d, true);
	if (units_domain_create(d))
		goto fail;
	domain_list_add(d);
	return d;

fail:
	domain_free(d);
	return NULL;
}

/* VCPUs are created in order, offline; the builder or VCPUOP_initialise gives them a context. */
struct vcpu *vcpu_create(struct domain *d, uint32_t id)
{
	struct vcpu *v;

	if (id >= MAX_VCPUS || id != d->nr_vcpus)
		return NULL;
	/* A whole page: what is in it for the FPU is aligned to 64 bytes. */
	_Static_assert(sizeof(*v) > PAGE_SIZE / 2 && sizeof(*v) <= PAGE_SIZE, "one page");
	v = heap_alloc(sizeof(*v));
	if (!v)
		return NULL;
	v->domain = d;
	v->id = id;
	v->sched.hard_affinity = v->sched.soft_affinity = ~0U;
	v->info = &d->shared->vcpu_info[id];
	v->mm.guest_cr3 = INVALID_MFN;
	if (units_vcpu_create(v)) {
		heap_free(v);
		return NULL;
	}
	d->vcpus[id] = v;
	d->nr_vcpus = id + 1;
	return v;
}
