/* SPDX-License-Identifier: MIT */
/*
 * VCPUOP_register_vcpu_info: a guest moves a VCPU's vcpu_info from the shared
 * page into memory of its own.
 *
 * Events are sent from anywhere, so the hypervisor must reach the structure
 * whatever tables are loaded: the frame gets a page of the fixmap.  It is held
 * as writable memory, with a reference and a type, until the VCPU ends; so it
 * can become neither a page table nor somebody else's frame meanwhile.
 */
#include "internal.h"
#include "sched.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "time/time.h"

#define NR_WINDOWS 448

static uint32_t window_used[NR_WINDOWS / 32]; /* of all domains */
static spinlock_t windows_lock;

static int window_alloc(void)
{
	int found = -XEN_ENOMEM;

	spin_lock(&windows_lock);
	for (uint32_t i = 0; i < NR_WINDOWS && found < 0; i++)
		if (!test_and_set_bit(i, window_used))
			found = i;
	spin_unlock(&windows_lock);
	return found;
}

static void window_free(uint32_t window)
{
	spin_lock(&windows_lock);
	clear_bit(window, window_used);
	spin_unlock(&windows_lock);
}

static bool registered(const struct vcpu *v)
{
	return v->info != &v->domain->shared->vcpu_info[v->id];
}

/*
 * The new place takes over from the old one.  An event sent just before may
 * already have been looked for there in vain, so the guest is told to look at
 * every word again.  Its sleep ends with that: who sends the next event finds the
 * mark set and wakes nobody.
 */
static void move_info(struct vcpu *v, struct vcpu_info *to)
{
	*to = *v->info;
	v->info = to;
	to->evtchn_pending_sel = ~0UL;
	to->evtchn_upcall_pending = 1;
}

/*
 * Once per VCPU: the caller's own, or another one of its domain that is down.
 * -ENXIO: the structure would cross the end of the page, or is not aligned;
 * -EINVAL: done before, or that VCPU is up, or the frame is not plain writable
 * memory of this domain.
 */
int32_t vcpu_info_register(struct vcpu *v, uint64_t mfn, uint32_t offset)
{
	struct domain *d = v->domain;
	struct page_info *page;
	int window;

	if (!TRUST_CHECK(8, 40, offset <= PAGE_SIZE - sizeof(struct vcpu_info)) ||
	    offset % _Alignof(struct vcpu_info))
		return trace_error(-XEN_ENXIO);
	if (registered(v))
		return trace_error(-XEN_EINVAL);
	if (v != current && v->sched.online)
		return trace_error(-XEN_EINVAL);
	if (mfn >> 32 || !mfn_valid(MFN(mfn)))
		return trace_error(-XEN_EINVAL);
	page = mfn_to_page(MFN(mfn));
	if (!TRUST_CHECK(1, 40, !get_page_and_type(page, d, PGT_writable)))
		return trace_error(-XEN_EINVAL);

	spin_lock(&d->lock);
	window = window_alloc();
	if (window < 0) {
		put_page_and_type(page);
		spin_unlock(&d->lock);
		return trace_error(window);
	}
	map_hypervisor_page(FIX_VCPU_INFO(window), MFN(mfn), PTE_P | PTE_RW | PTE_A | PTE_D);
	v->sched.info_mfn = MFN(mfn);
	move_info(v, (struct vcpu_info *)(FIX_VCPU_INFO(window) + offset));
	spin_unlock(&d->lock);
	vcpu_wake(v);
	update_vcpu_time(v);
	return 0;
}

/* The VCPU ends, or is reset: its info is in the shared page again and the frame is free to go. */
void vcpu_info_release(struct vcpu *v)
{
	uint32_t va = (uint32_t)v->info & PAGE_MASK, window;
	struct vcpu_info *home = &v->domain->shared->vcpu_info[v->id];
	struct page_info *page;

	if (!registered(v))
		return;
	window = (va - FIX_VCPU_INFO(0)) / PAGE_SIZE;
	page = mfn_to_page(v->sched.info_mfn);
	*home = *v->info;
	v->info = home;
	map_hypervisor_page(va, MFN(0), 0);
	window_free(window);
	TRUST_EFFECT(6, 140, put_page_and_type(page));
}

void vcpu_info_frames_held(const struct domain *d, frame_holder held, void *to)
{
	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		if (registered(d->vcpus[i]))
			held(to, d->vcpus[i]->sched.info_mfn, true);
}
