/* SPDX-License-Identifier: MIT */
/*
 * mmu_update: a batch of writes to page tables and to the M2P.
 *
 * Element by element: decode, check, perform.  The batch stops at the first
 * bad element, or when something else is due, and says exactly how many were
 * done; the elements lie in guest memory and are read one at a time.
 *
 *	ptr  +----------------------------------+-----+---+---+
 *	     | machine address of an entry      |     | 0 |cmd|
 *	     +----------------------------------+-----+---+---+
 */
#include "hypercall.h"
#include "internal.h"

/* In `count` of a call that runs again: *pdone already counts earlier elements. */
#define PREEMPTED		0x80000000U
#define CMD_MASK		3
#define ELEMENTS_BETWEEN_CHECKS	32

/*
 * The L1 that the last element changed stays mapped for the next one.  Changes
 * to L1 tables cannot change what any frame is as a table (page.h, Locks), so
 * until another kind of element comes along it is still a validated L1.
 */
struct batch {
	struct domain *d, *pg_owner;
	uint32_t l1_mfn;
	struct page_info *l1;		/* NULL: none is mapped */
	char *l1_va;
};

static void forget_l1(struct batch *b)
{
	if (b->l1)
		unmap_frame(b->l1_va);
	b->l1 = NULL;
}

int resolve_page_owner(uint32_t domid, struct domain **owner)
{
	struct domain *d = current->domain;

	*owner = d;
	if (likely(domid == DOMID_SELF || domid == d->id))
		return 0;
	if (domid == DOMID_IO) {
		*owner = &dom_io;
		return 0;
	}
	return d->privileged ? -XEN_ESRCH : -XEN_EPERM;
}

/* Not a table: then it must be memory that could as well be mapped writable. */
static int write_plain(struct batch *b, struct page_info *p, uint32_t offset, uint64_t val)
{
	void *va;

	if (get_page_and_type(p, b->d, PGT_writable))
		return -XEN_EINVAL;
	va = map_frame(page_to_mfn(p));
	set_pte(va + offset, PTE(val), 0);
	unmap_frame(va);
	put_page_and_type(p);
	return 0;
}

/* A write to a frame that is not the L1 we have mapped. */
static int write_other(struct batch *b, mfn_t m, uint32_t offset, pte_t new, uint64_t keep)
{
	struct page_info *p = mfn_to_page(m);
	void *va;
	int rc;

	forget_l1(b);
	if (!mfn_valid(m) || p->owner != b->d || !(p->count & PGC_count_mask))
		return -XEN_EINVAL;

	switch (p->type & (PGT_type_mask | PGT_validated)) {
	case PGT_l1 | PGT_validated:
		b->l1_mfn = m.n;
		b->l1 = p;
		b->l1_va = map_frame(m);
		return mod_l1_entry(p, (pte_t *)(b->l1_va + offset), new, keep, b->d, b->pg_owner);
	case PGT_l2 | PGT_validated:
		va = map_frame(m);
		rc = mod_l2_entry(p, va + offset, new, keep, b->d);
		unmap_frame(va);
		return rc;
	case PGT_l3 | PGT_validated:
		va = map_frame(m);
		rc = mod_l3_entry(p, va + offset, new, b->d);
		unmap_frame(va);
		return rc;
	}
	return write_plain(b, p, offset, new.v);
}

static int write_m2p(struct batch *b, uint64_t ptr, uint64_t val)
{
	mfn_t m = MFN(ptr >> PAGE_SHIFT);
	struct page_info *p = mfn_to_page(m);

	if (ptr >> 44 || !mfn_valid(m) || !get_page(p, b->pg_owner))
		return -XEN_EINVAL;
	set_m2p(m, val);
	put_page(p);
	return 0;
}

static inline int perform(struct batch *b, const struct mmu_update *req)
{
	uint32_t lo = req->ptr, cmd = lo & CMD_MASK, offset = lo & (PAGE_SIZE - 1) & ~CMD_MASK;
	uint32_t mfn = req->ptr >> PAGE_SHIFT;
	uint64_t keep = 0;

	if (unlikely(cmd == MMU_MACHPHYS_UPDATE))
		return write_m2p(b, req->ptr, req->val);
	if (cmd == MMU_PT_UPDATE_PRESERVE_AD)
		keep = PTE_A | PTE_D;
	/* An entry that straddles two would be two half-checked ones. */
	if (unlikely(!TRUST_CHECK(1, 5, !(offset & 7)) || (uint32_t)(req->ptr >> 32) >> 12))
		return -XEN_EINVAL;
	if (likely(b->l1 && b->l1_mfn == mfn))
		return mod_l1_entry(b->l1, (pte_t *)(b->l1_va + offset), PTE(req->val), keep,
				    b->d, b->pg_owner);
	return write_other(b, MFN(mfn), offset, PTE(req->val), keep);
}

static int32_t carry_on(uint32_t reqs, uint32_t left, uint32_t pdone, uint32_t domids)
{
	return hypercall_continue(__HYPERVISOR_mmu_update, 4, reqs, left | PREEMPTED, pdone, domids);
}

/* The number of elements done in earlier runs of this call, as far as the guest lets us know. */
static uint32_t done_before(uint32_t pdone)
{
	uint32_t done = 0;

	return pdone && !copy_from_guest_raw(&done, GVA(pdone), sizeof(done)) ? done : 0;
}

/* a1: array of mmu_update, a2: count, a3: where to store the number done or 0, a4: domains. */
int32_t do_mmu_update(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5, uint32_t a6)
{
	struct vcpu *v = current;
	struct batch b = { .d = v->domain, .pg_owner = v->domain };
	uint32_t count = a2, done = 0, i;
	struct mmu_update req;
	int rc = 0;

	if (unlikely(count & PREEMPTED)) {
		count &= ~PREEMPTED;
		done = done_before(a3);
	}
	if (unlikely(a4 != DOMID_SELF)) {
		struct domain *pt_owner = b.d;

		rc = resolve_page_owner(a4 & 0xffff, &b.pg_owner);
		if (!rc && a4 >> 16)
			rc = resolve_page_owner((a4 >> 16) - 1, &pt_owner);
		if (!rc && pt_owner != b.d)
			rc = -XEN_EINVAL;
		if (rc)
			return trace_error(rc);
	}

	spin_lock(&b.d->mm_lock);
	rc = finish_old_table(v);
	for (i = 0; !rc && i < count; i++) {
		if (unlikely(v->old_table ||
			     (i && !(i % ELEMENTS_BETWEEN_CHECKS) && preempt_needed()))) {
			rc = -XEN_ERESTART;
			break;
		}
		if (unlikely(copy_from_guest_raw(&req, GVA(a1 + i * sizeof(req)), sizeof(req)))) {
			rc = -XEN_EFAULT;
			break;
		}
		rc = perform(&b, &req);
		if (unlikely(rc))
			break;
	}
	forget_l1(&b);
	spin_unlock(&b.d->mm_lock);

	if (a3) {
		done += i;
		copy_to_guest_raw(GVA(a3), &done, sizeof(done));
	}
	/* Something is left to take apart: the guest is not told "done" before it is. */
	if (unlikely(rc == -XEN_ERESTART || (!rc && v->old_table)))
		return carry_on(a1 + i * sizeof(req), count - i, a3, a4);
	return likely(!rc) ? 0 : trace_error(rc);
}
