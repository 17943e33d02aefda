/* SPDX-License-Identifier: MIT */
/*
 * mmuext_op: a batch of the other operations on memory: pins, the base
 * pointer, flushes, the LDT, clearing and copying pages.  Counts and
 * continuation as in mmu_update.c.
 */
#include "internal.h"
#include "mm.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "x86.h"

#define PREEMPTED 0x80000000U

static int pin(struct domain *owner, uint32_t cmd, mfn_t m)
{
	static const uint32_t types[] = {
		[MMUEXT_PIN_L1_TABLE] = PGT_l1,
		[MMUEXT_PIN_L2_TABLE] = PGT_l2,
		[MMUEXT_PIN_L3_TABLE] = PGT_l3,
	};

	if (is_no_domain(owner))
		return -XEN_EPERM;
	return pin_table(owner, m, types[cmd]);
}

static void invalidate(uint32_t cpus, gva_t va)
{
	/* Behind it lie only our own translations, which no guest can have made stale. */
	if (va.a < HOLE_START)
		flush_tlb_one_mask(cpus, va.a);
}

/* WBINVD is slow and stops everybody: for a domain that owns devices only. */
static int flush_cache(struct domain *d, uint32_t cmd)
{
	if (!TRUST_CHECK(25, 11, d->privileged))
		return cmd == MMUEXT_FLUSH_CACHE ? -XEN_EACCES : -XEN_EINVAL;
	__asm__ volatile("wbinvd" : : : "memory");
	return 0;
}

static int change_ldt(struct vcpu *v, gva_t base, uint32_t entries)
{
	struct domain *d = v->domain;
	int rc;

	spin_unlock(&d->mm.lock); /* set_ldt() takes it; nothing of the batch depends on it */
	rc = set_ldt(v, base, entries);
	spin_lock(&d->mm.lock);
	return rc;
}

static int clear_page(struct domain *d, mfn_t m)
{
	struct page_info *p = mfn_to_page(m);
	void *va;

	if (!mfn_valid(m) || !TRUST_CHECK(1, 6, !get_page_and_type(p, d, PGT_writable)))
		return -XEN_EINVAL;
	va = map_frame(m);
	zero_page(va);
	unmap_frame(va);
	TRUST_EFFECT(6, 141, put_page_and_type(p));
	return 0;
}

static int copy_page(struct domain *d, mfn_t to, mfn_t from)
{
	struct page_info *source = mfn_to_page(from), *p = mfn_to_page(to);
	void *dst, *src;
	int rc = -XEN_EINVAL;

	if (!mfn_valid(from) || !get_page(source, d))
		return -XEN_EINVAL;
	if (mfn_valid(to) && TRUST_CHECK(1, 7, !get_page_and_type(p, d, PGT_writable))) {
		src = map_frame(from);
		dst = map_frame(to);
		copy_long(dst, src, PAGE_SIZE);
		unmap_frame(dst);
		unmap_frame(src);
		TRUST_EFFECT(6, 142, put_page_and_type(p));
		rc = 0;
	}
	TRUST_EFFECT(6, 143, put_page(source));
	return rc;
}

/* What concerns frames of `owner`, whose mm_lock is held. */
static int on_frames(struct domain *owner, const struct mmuext_op *op)
{
	mfn_t m = MFN(op->arg1.mfn);

	switch (op->cmd) {
	case MMUEXT_UNPIN_TABLE:
		return unpin_table(owner, m);
	case MMUEXT_CLEAR_PAGE:
		return clear_page(owner, m);
	case MMUEXT_COPY_PAGE:
		return copy_page(owner, m, MFN(op->arg2.src_mfn));
	default:
		return pin(owner, op->cmd, m);
	}
}

/*
 * The same for whichever domain the call names.  The lock of another one takes
 * the place of ours: nothing of the batch depends on it.  Who is dying is past
 * the point where a new pin would be found (relinquish.c).
 */
static __attribute__((noinline)) int on_frames_of(struct domain *d, struct domain *owner,
						  const struct mmuext_op *op)
{
	int rc = -XEN_EINVAL;

	if (likely(owner == d || is_no_domain(owner)))
		return on_frames(owner, op);
	spin_unlock(&d->mm.lock);
	spin_lock(&owner->mm.lock);
	if (TRUST_CHECK(27, 3, !owner->dying))
		rc = on_frames(owner, op);
	spin_unlock(&owner->mm.lock);
	spin_lock(&d->mm.lock);
	return rc;
}

/* What is about the caller's own VCPU or address space, whomever the call names. */
#define OF_THE_CALLER                                                                            \
	(1U << MMUEXT_NEW_BASEPTR | 1U << MMUEXT_TLB_FLUSH_LOCAL | 1U << MMUEXT_INVLPG_LOCAL |   \
	 1U << MMUEXT_TLB_FLUSH_MULTI | 1U << MMUEXT_INVLPG_MULTI | 1U << MMUEXT_TLB_FLUSH_ALL | \
	 1U << MMUEXT_INVLPG_ALL | 1U << MMUEXT_FLUSH_CACHE | 1U << MMUEXT_FLUSH_CACHE_GLOBAL |  \
	 1U << MMUEXT_SET_LDT)

static int perform(struct vcpu *v, struct domain *owner, const struct mmuext_op *op)
{
	struct domain *d = v->domain;
	gva_t va = GVA(op->arg1.linear_addr), bitmap = GVA((uint32_t)op->arg2.vcpumask.p);
	mfn_t m = MFN(op->arg1.mfn);
	uint32_t cpus;

	if (unlikely(owner != d) && op->cmd < 32 && OF_THE_CALLER >> op->cmd & 1)
		return -XEN_EPERM;
	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE:
	case MMUEXT_PIN_L2_TABLE:
	case MMUEXT_PIN_L3_TABLE:
	case MMUEXT_UNPIN_TABLE:
	case MMUEXT_CLEAR_PAGE:
	case MMUEXT_COPY_PAGE:
		return on_frames_of(d, owner, op);
	case MMUEXT_NEW_BASEPTR:
		return new_guest_cr3(v, m);
	case MMUEXT_TLB_FLUSH_LOCAL:
		flush_tlb_local();
		return 0;
	case MMUEXT_INVLPG_LOCAL:
		invalidate(1U << this_cpu()->id, va);
		return 0;
	case MMUEXT_TLB_FLUSH_MULTI:
		if (vcpu_bitmap_to_cpus(d, bitmap, &cpus))
			return -XEN_EINVAL;
		flush_tlb_mask(cpus);
		return 0;
	case MMUEXT_INVLPG_MULTI:
		if (vcpu_bitmap_to_cpus(d, bitmap, &cpus))
			return -XEN_EINVAL;
		invalidate(cpus, va);
		return 0;
	case MMUEXT_TLB_FLUSH_ALL:
		flush_tlb_mask(d->mm.dirty_cpus);
		return 0;
	case MMUEXT_INVLPG_ALL:
		invalidate(d->mm.dirty_cpus, va);
		return 0;
	case MMUEXT_FLUSH_CACHE:
	case MMUEXT_FLUSH_CACHE_GLOBAL:
		return flush_cache(d, op->cmd);
	case MMUEXT_SET_LDT:
		return change_ldt(v, va, op->arg2.nr_ents);
	case MMUEXT_PIN_L4_TABLE: /* passed over: three levels is all a 32-bit processor has */
		return 0;
	case MMUEXT_MARK_SUPER:
	case MMUEXT_UNMARK_SUPER:
		return -XEN_EOPNOTSUPP;
	}
	return -XEN_ENOSYS; /* NEW_USER_BASEPTR (64 bit only) and the unknown */
}

static inline bool read_op(const struct domain *d, gva_t at, struct mmuext_op *op)
{
	uint32_t arg1, arg2;

	if (!guest_words_ok(d, at, sizeof(*op)) || !get_guest_word(&op->cmd, at) ||
	    !get_guest_word(&arg1, gva_add(at, offsetof(struct mmuext_op, arg1))) ||
	    !get_guest_word(&arg2, gva_add(at, offsetof(struct mmuext_op, arg2))))
		return false;
	op->arg1.mfn = arg1;
	op->arg2.nr_ents = arg2;
	return true;
}
_Static_assert(sizeof(struct mmuext_op) == 12, "three words");

#define NOT_SIMPLE 1

/*
 * The tables of a task that was switched to.  NOT_SIMPLE: something is left to be
 * done, and the call has to be made once more; perhaps what runs is new already.
 */
static inline __attribute__((always_inline)) int base_pointer(struct vcpu *v, mfn_t m)
{
	int rc = NOT_SIMPLE;

	spin_lock(&v->domain->mm.lock);
	if (likely(!v->mm.old_table))
		rc = new_guest_cr3(v, m);
	spin_unlock(&v->domain->mm.lock);
	return unlikely(rc || v->mm.old_table) ? NOT_SIMPLE : 0;
}

static __attribute__((noinline)) int32_t do_batch(gva_t ops, uint32_t count, gva_t pdone,
						  uint32_t domid)
{
	struct vcpu *v = current;
	struct domain *d = v->domain, *owner;
	uint32_t done = 0, i;
	struct mmuext_op op;
	int rc;

	if (unlikely(count & PREEMPTED)) {
		count &= ~PREEMPTED;
		if (pdone.a && copy_from_guest_raw(&done, pdone, sizeof(done)))
			done = 0;
	}
	owner = d;
	if (unlikely(domid != DOMID_SELF)) {
		rc = resolve_page_owner(domid, &owner);
		if (!rc && is_no_domain(owner) && !d->privileged)
			rc = -XEN_EPERM;
		if (rc) {
			if (pdone.a) /* as mmu_update tells it */
				copy_to_guest_raw(pdone, &done, sizeof(done));
			return trace_error(rc);
		}
	}

	spin_lock(&d->mm.lock);
	rc = unlikely(v->mm.old_table) ? finish_old_table(v) : 0;
	for (i = 0; !rc && i < count; i++) {
		if (unlikely(v->mm.old_table || (i && preempt_needed()))) {
			rc = -XEN_ERESTART;
			break;
		}
		if (unlikely(!read_op(d, gva_add(ops, i * sizeof(op)), &op))) {
			rc = -XEN_EFAULT;
			break;
		}
		rc = perform(v, owner, &op);
		if (unlikely(rc))
			break;
	}
	spin_unlock(&d->mm.lock);
	put_page_owner(owner);

	if (pdone.a) {
		done += i;
		copy_to_guest_raw(pdone, &done, sizeof(done));
	}
	if (unlikely(rc == -XEN_ERESTART || (!rc && v->mm.old_table)))
		return hypercall_continue(__HYPERVISOR_mmuext_op, 4, ops.a + i * sizeof(op),
					  (count - i) | PREEMPTED, pdone.a, domid);
	return likely(!rc) ? 0 : trace_error(rc);
}

static __attribute__((noinline)) int32_t new_base_pointer(struct vcpu *v, mfn_t m, gva_t at)
{
	return base_pointer(v, m) == NOT_SIMPLE ? do_batch(at, 1, GVA(0), DOMID_SELF) : 0;
}

/*
 * One operation that concerns nobody but this processor: no table changes its
 * meaning, so it needs none of a batch's book-keeping.
 */
static inline __attribute__((always_inline)) int32_t one_op(struct vcpu *v, gva_t at)
{
	uint32_t cmd, arg1;

	if (unlikely(v->mm.old_table) ||
	    unlikely(!guest_words_ok(v->domain, at, sizeof(struct mmuext_op))) ||
	    !get_guest_word(&cmd, at) ||
	    !get_guest_word(&arg1, gva_add(at, offsetof(struct mmuext_op, arg1))))
		return do_batch(at, 1, GVA(0), DOMID_SELF);
	/* What is loaded is up to date (new_guest_cr3): the same one again is a flush. */
	if (cmd == MMUEXT_NEW_BASEPTR && likely(arg1 == v->mm.guest_cr3.n))
		TRUST_EFFECT(9, 103, flush_tlb_local());
	else if (cmd == MMUEXT_INVLPG_LOCAL && likely(arg1 < HOLE_START))
		TRUST_EFFECT(9, 106, invlpg(arg1));
	else if (cmd == MMUEXT_TLB_FLUSH_LOCAL)
		TRUST_EFFECT(9, 105, flush_tlb_local());
	else if (cmd == MMUEXT_NEW_BASEPTR)
		return new_base_pointer(v, MFN(arg1), at);
	else
		return do_batch(at, 1, GVA(0), DOMID_SELF);
	return 0;
}

/* ops: array of mmuext_op, count: count, done: where to store the number done or 0, domid: owner. */
int32_t do_mmuext_op(gva_t ops, uint32_t count, gva_t done, uint32_t domid)
{
	if (likely(!((count ^ 1) | done.a | (domid ^ DOMID_SELF))))
		return one_op(current, ops);
	return do_batch(ops, count, done, domid);
}

/*
 * l3: frame of the new base pointer, ss, esp: the kernel stack.  What a task switch
 * changes, in one call; where the first cannot be, the second is not.
 */
int32_t do_ringone_switch(uint32_t l3, uint32_t ss, uint32_t esp)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	int rc = base_pointer(v, MFN(l3));

	if (unlikely(rc)) {
		spin_lock(&d->mm.lock);
		rc = finish_old_table(v);
		if (!rc)
			rc = new_guest_cr3(v, MFN(l3));
		spin_unlock(&d->mm.lock);
		if (rc == -XEN_ERESTART || v->mm.old_table)
			return hypercall_continue(__HYPERVISOR_ringone_switch, 3, l3, ss, esp, 0);
		if (rc)
			return trace_error(rc);
	}
	return do_stack_switch(ss, esp);
}
