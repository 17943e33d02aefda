/* SPDX-License-Identifier: MIT */
/*
 * The guest's descriptor tables: set_gdt, update_descriptor, and the LDT.
 *
 * A page in use as a descriptor table has type PGT_seg_desc: validated as a
 * whole when the type was taken (mm/), never writable to the guest since, and
 * changed only by update_descriptor.
 */
#include "internal.h"
#include "mm.h"
#include "call/call.h"
#include "cpu/cpu.h"
#include "domain/domain.h"
#include "lib.h"
#include "regs.h"
#include "tables.h"

#define DESCRIPTORS_PER_PAGE 512
#define MAX_GDT_ENTRIES      FIRST_RESERVED_GDT_ENTRY
#define GDT_FRAMES_MAX       16 /* as many as the interface has places for; 14 are the guest's */
#define MAX_LDT_ENTRIES      8192
#define TYPE_LDT             0x2

/* For mm's validation of a PGT_seg_desc page: truncate *desc in place, or refuse it. */
bool descriptor_fixup(const struct domain *d, uint64_t *desc)
{
	return descriptor_check(desc, guest_limit_va);
}

/*
 * One 8-byte store: the processor may read the descriptor at any moment.
 * Returns what was there.
 */
static inline uint64_t write_descriptor(volatile uint64_t *at, uint64_t value)
{
	uint64_t old = *at;

	__asm__ volatile("1:	lock cmpxchg8b %0\n"
			 "	jne 1b"
			 : "+m"(*at), "+A"(old)
			 : "b"((uint32_t)value), "c"((uint32_t)(value >> 32))
			 : "cc", "memory");
	return old;
}

/* A flat segment of d's is no longer what it was: for whom, nobody keeps a list. */
static __attribute__((noinline)) void flat_changed(struct domain *d)
{
	for (uint32_t i = 0; i < MAX_VCPUS; i++)
		if (d->vcpus[i])
			forget_flat(d->vcpus[i]);
}

static void put_frames(const mfn_t *frames, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++)
		put_page_and_type(mfn_to_page(frames[i]));
}

static void drop_taken(struct vcpu *v)
{
	put_frames(v->mm.gdt_taken, v->mm.nr_gdt_taken);
	v->mm.nr_gdt_taken = 0;
}

static bool taken_for(const struct vcpu *v, const uint32_t *frames, uint32_t nr)
{
	if (v->mm.nr_gdt_taken > nr)
		return false;
	for (uint32_t i = 0; i < v->mm.nr_gdt_taken; i++)
		if (v->mm.gdt_taken[i].n != frames[i])
			return false;
	return true;
}

/*
 * Take all pages of a GDT as descriptor pages into v->gdt_taken, or none.
 * Looking through one takes long, so between two of them this may stop; what
 * was taken waits there for the call to run again with the same list.
 */
static int get_frames(struct vcpu *v, const uint32_t *frames, uint32_t nr)
{
	if (!taken_for(v, frames, nr))
		drop_taken(v);
	while (v->mm.nr_gdt_taken < nr) {
		mfn_t m = MFN(frames[v->mm.nr_gdt_taken]);

		if (!mfn_valid(m) || get_page_and_type(mfn_to_page(m), v->domain, PGT_seg_desc)) {
			TRUST_EFFECT(6, 130, drop_taken(v));
			return -XEN_EINVAL;
		}
		breathe();
		v->mm.gdt_taken[v->mm.nr_gdt_taken++] = m;
		if (v->mm.nr_gdt_taken < nr && work_noted())
			return -XEN_ERESTART;
	}
	return 0;
}

/*
 * Install a GDT of `entries` descriptors in `frames` (machine frames) for v,
 * which may be any VCPU that is not running elsewhere.  Takes mm_lock.
 * -XEN_EINVAL: too long, or a frame is not the domain's or not a clean table;
 * -XEN_ERESTART: call again.
 */
int set_gdt(struct vcpu *v, const uint32_t *frames, uint32_t entries)
{
	uint32_t nr = (entries + DESCRIPTORS_PER_PAGE - 1) / DESCRIPTORS_PER_PAGE;
	struct domain *d = v->domain;
	int rc;

	if (!TRUST_CHECK(20, 2, entries <= MAX_GDT_ENTRIES))
		return trace_error(-XEN_EINVAL);
	spin_lock(&d->mm.lock);
	rc = get_frames(v, frames, nr);
	if (!rc) {
		for (uint32_t i = 0; i < MAX(nr, v->mm.nr_gdt_frames); i++)
			perdomain_set(d, GDT_WINDOW(v->id) + i * PAGE_SIZE,
				      i < nr ? v->mm.gdt_taken[i] : INVALID_MFN, i < nr);
		TRUST_EFFECT(6, 131, put_frames(v->mm.gdt_frames, v->mm.nr_gdt_frames));
		memcpy(v->mm.gdt_frames, v->mm.gdt_taken, nr * sizeof(v->mm.gdt_taken[0]));
		v->mm.nr_gdt_taken = 0;
		v->mm.nr_gdt_frames = nr;
		v->mm.gdt_entries = entries;
		TRUST_EFFECT(16, 103, forget_flat(v));
	}
	spin_unlock(&d->mm.lock);
	return rc && rc != -XEN_ERESTART ? trace_error(rc) : rc;
}

/* list: of machine frame numbers, entries: number of descriptors. */
int32_t do_set_gdt(gva_t list, uint32_t entries)
{
	uint32_t frames[GDT_FRAMES_MAX];
	uint32_t nr = entries / DESCRIPTORS_PER_PAGE + (entries % DESCRIPTORS_PER_PAGE != 0);
	int rc;

	nr = MIN(nr, GDT_FRAMES_MAX); /* set_gdt() refuses what is longer */
	if (copy_from_guest_raw(frames, list, nr * sizeof(frames[0])))
		return trace_error(-XEN_EFAULT);
	rc = set_gdt(current, frames, entries);
	return rc == -XEN_ERESTART ? hypercall_continue(__HYPERVISOR_set_gdt, 0, 0, 0, 0, 0) : rc;
}

/* Any descriptor, any page that may have one; mm_lock is taken. */
static __attribute__((noinline)) int32_t update_descriptor(struct domain *d, mfn_t mfn,
							   uint32_t offset, uint64_t desc)
{
	struct page_info *page = mfn_to_page(mfn);
	uint32_t type;
	uint8_t *va;

	if (offset % sizeof(desc) || !mfn_valid(mfn) || !descriptor_fixup(d, &desc))
		return trace_error(-XEN_EINVAL);
	spin_lock(&d->mm.lock);
	type = (page->type & PGT_type_mask) == PGT_seg_desc ? PGT_seg_desc : PGT_writable;
	if (!TRUST_CHECK(1, 50, get_page_and_type(page, d, type) == 0)) {
		spin_unlock(&d->mm.lock);
		return trace_error(-XEN_EINVAL);
	}
	va = map_frame(mfn);
	if (perhaps_flat(write_descriptor((uint64_t *)(va + offset), desc)))
		flat_changed(d);
	unmap_frame(va);
	TRUST_EFFECT(6, 132, put_page_and_type(page));
	spin_unlock(&d->mm.lock);
	return 0;
}

/*
 * address_low, address_high: machine address, desc_low, desc_high: descriptor.  The page is a descriptor table
 * in use, or one that the guest could write itself.  The short way is the plain
 * descriptor in a table in use, as every switch between threads writes some.
 */
int32_t do_update_descriptor(uint32_t address_low, uint32_t address_high, uint32_t desc_low,
			     uint32_t desc_high)
{
	uint32_t offset = address_low & (PAGE_SIZE - 1), low = desc_low, high = desc_high;
	struct domain *d = current->domain;
	mfn_t mfn = MFN(address_high << 20 | address_low >> PAGE_SHIFT);
	struct page_info *page = mfn_to_page(mfn);
	uint64_t old;

	if (unlikely(address_high > 0xfff))
		return trace_error(-XEN_EINVAL);
	if (unlikely(!mfn_valid(mfn)) || unlikely(offset % sizeof(uint64_t)) ||
	    unlikely(!descriptor_plain(&low, &high, guest_limit_va)))
		return update_descriptor(d, mfn, offset, (uint64_t)desc_high << 32 | desc_low);
	spin_lock(&d->mm.lock);
	/* A table in use as one stays so under the lock (page.h): nothing has to be held. */
	if (unlikely(!TRUST_CHECK(1, 51,
				  (page->type & (PGT_type_mask | PGT_validated)) ==
						  (PGT_seg_desc | PGT_validated) &&
					  page->owner == d))) {
		spin_unlock(&d->mm.lock);
		return update_descriptor(d, mfn, offset, (uint64_t)desc_high << 32 | desc_low);
	}
	old = write_descriptor((void *)(uintptr_t)map_table(mfn) + offset,
			       (uint64_t)high << 32 | low);
	if (unlikely(perhaps_flat(old)))
		TRUST_EFFECT(16, 102, flat_changed(d));
	spin_unlock(&d->mm.lock);
	return 0;
}

/*
 * Take the pages of v's LDT out of its window and drop their types.  mm_lock
 * is held by the caller.
 */
void ldt_unmap_all(struct vcpu *v)
{
	struct domain *d = v->domain;

	for (uint32_t page = 0; v->mm.ldt_mapped; page++) {
		uint32_t va = LDT_WINDOW(v->id) + page * PAGE_SIZE;
		mfn_t mfn;

		if (!(v->mm.ldt_mapped >> page & 1))
			continue;
		mfn = pte_mfn(d->mm.perdomain_pt[(va - PERDOMAIN_START) >> PAGE_SHIFT]);
		perdomain_set(d, va, INVALID_MFN, false);
		put_page_and_type(mfn_to_page(mfn));
		v->mm.ldt_mapped &= ~(1U << page);
	}
}

/*
 * The LDT of v lies at linear address `base` (page aligned) and has `entries`
 * descriptors, 0 for none; its pages are looked at when they are needed.
 * Takes mm_lock.
 */
int set_ldt(struct vcpu *v, gva_t base, uint32_t entries)
{
	if (!entries)
		base = GVA(0);
	if (base.a % PAGE_SIZE || !TRUST_CHECK(16, 5, entries <= MAX_LDT_ENTRIES) ||
	    !TRUST_CHECK(8, 50,
			 !entries || range_below(base.a, entries * 8, guest_range_end(v->domain))))
		return trace_error(-XEN_EINVAL);
	if (v->mm.ldt_base.a == base.a && v->mm.ldt_entries == entries)
		return 0;
	spin_lock(&v->domain->mm.lock);
	ldt_unmap_all(v);
	v->mm.ldt_base = base;
	v->mm.ldt_entries = entries;
	spin_unlock(&v->domain->mm.lock);
	if (v == current)
		load_ldt(v);
	return 0;
}

/*
 * Point GDTR at the VCPU's window.  Its page tables must be loaded.  The
 * window's reserved page is this processor's own: TR's busy bit, the LDT
 * descriptor and the #DF task live there.
 */
void load_gdt_window(struct vcpu *v)
{
	struct cpu_tables *t = this_cpu()->tables;

	perdomain_set(v->domain, GDT_WINDOW(v->id) + RESERVED_GDT,
		      paddr_to_mfn(hv_va_to_paddr(t->gdt)), true);
	load_gdtr(GDT_WINDOW(v->id));
}

/* Load LDTR for the VCPU; the window's pages come in lazily (ldt_fault). */
void load_ldt(struct vcpu *v)
{
	struct cpu_tables *t = this_cpu()->tables;
	uint16_t sel = 0;

	if (v->mm.ldt_entries) {
		t->gdt[RESERVED_SLOT(LDT_SEL)] = make_system_descriptor(TYPE_LDT, LDT_WINDOW(v->id),
									v->mm.ldt_entries * 8 - 1);
		sel = LDT_SEL;
	}
	__asm__ volatile("lldt %0" : : "r"(sel) : "memory");
}
