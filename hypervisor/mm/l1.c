/* SPDX-License-Identifier: MIT */
/*
 * L1 tables: entries that map frames.
 *
 * A present entry holds a reference to its frame, and a writable type when it
 * maps it writable; frames that are not RAM are not counted.  `present` says
 * how many entries hold something, so that taking an empty table apart costs
 * nothing.
 */
#include "internal.h"
#include "l1_entry.h"
#include "mm.h"
#include "domain/domain.h"

/* Frame of a present entry when it is one that is counted, else NULL. */
static inline struct page_info *counted_page(pte_t e)
{
	mfn_t m = pte_mfn(e);
	struct page_info *p = mfn_to_page(m);

	return mfn_valid(m) && p->owner != &dom_io ? p : NULL;
}

/*
 * May an entry of d map a frame that is not RAM?  When it does so in the name of
 * another domain, by that one's grant or as its memory, that one must have it as
 * well: else whoever serves it would write to its own devices for it.
 */
static bool io_entry_ok(mfn_t m, const struct domain *d, const struct domain *pg_owner)
{
	return io_frame_ok(d, m) && (pg_owner == d || pg_owner == &dom_io ||
				     TRUST_CHECK(22, 57, io_frame_ok(pg_owner, m)));
}

/*
 * Take what entry e of a table of domain d will hold.  pg_owner: whose frames
 * the caller may map; &dom_io for I/O frames only.  0; -XEN_EINVAL: a bit that
 * no entry may have; -XEN_EPERM: hardware that is not theirs;
 * -XEN_EBUSY: somebody else's frame, or one that is a table or descriptors.
 */
int get_l1_entry(pte_t e, struct domain *d, struct domain *pg_owner)
{
	struct page_info *p;

	if (unlikely(!TRUST_CHECK(1, 1,
				  !((pte_low(e) & pte_low(PTE(l1_forbidden))) |
				    (pte_high(e) & pte_high(PTE(l1_forbidden)))))))
		return -XEN_EINVAL;
	p = counted_page(e);
	if (unlikely(!p))
		return io_entry_ok(pte_mfn(e), d, pg_owner) ? 0 : -XEN_EPERM;
	/* RAM is cached, for everybody: two views of different kinds lose data (XSA-402). */
	if (unlikely(!TRUST_CHECK(10, 1, !(pte_low(e) & (uint32_t)PTE_CACHE_ATTRS))))
		return -XEN_EINVAL;
	if (unlikely(!get_page_fast(p, pg_owner)))
		return -XEN_EBUSY;
	if ((pte_low(e) & PTE_LOW_RW) && unlikely(!TRUST_CHECK(1, 2, !get_writable(p)))) {
		TRUST_EFFECT(6, 110, put_page_fast(p));
		return -XEN_EBUSY;
	}
	return 0;
}

static void put_entries(const pte_t *t, uint32_t present)
{
	for (; present; t++) {
		if (pte_low(*t) & PTE_LOW_P) {
			put_l1_entry(pte_low(*t), pte_high(*t));
			present--;
		} else if (!((uintptr_t)t % (ENTRIES_AT_ONCE * sizeof(*t))) && none_at_once(t)) {
			t += ENTRIES_AT_ONCE - 1;
		}
	}
}

/* Not preemptible: 512 entries are the unit in which everything else is counted. */
int l1_validate(struct page_info *p)
{
	struct domain *d = p->owner;
	const pte_t *t = map_frame(page_to_mfn(p));
	uint32_t present = 0;
	int rc = 0;

	for (uint32_t i = 0; i < 512; i += ENTRIES_AT_ONCE) {
		const pte_t *e = t + i;

		if (none_at_once(e))
			continue;
		for (uint32_t j = 0; j < ENTRIES_AT_ONCE; j++) {
			if (!(pte_low(e[j]) & PTE_LOW_P))
				continue;
			if (unlikely(!get_l1_plain(pte_low(e[j]), pte_high(e[j]), d))) {
				rc = get_l1_entry(e[j], d, d);
				if (unlikely(rc))
					goto out;
			}
			present++;
		}
	}
out:
	if (unlikely(rc)) {
		TRUST_EFFECT(6, 111, put_entries(t, present));
		present = 0;
	}
	p->present = present;
	unmap_frame(t);
	return rc;
}

void l1_devalidate(struct page_info *p)
{
	const pte_t *t;

	if (!p->present)
		return;
	t = map_frame(page_to_mfn(p));
	TRUST_EFFECT(6, 113, put_entries(t, p->present));
	p->present = 0;
	unmap_frame(t);
}

/*
 * The same frame with another RW bit: mprotect, copy-on-write, making a table of
 * a page.
 */
int decide_l1_rights(uint32_t low, uint32_t high, const struct domain *pg_owner)
{
	struct page_info *p = counted_page(PTE((uint64_t)high << 32 | low));

	if (!(low & PTE_LOW_RW))
		return CHANGE_READONLY;
	if (p && !TRUST_CHECK(22, 10, p->owner == pg_owner))
		return -XEN_EBUSY;
	if (p && !TRUST_CHECK(1, 3, !get_writable(p)))
		return -XEN_EBUSY;
	return CHANGE_WRITABLE;
}

void perform_l1_rights(const pte_t *slot, int what, uint32_t low, uint32_t high, uint32_t keep)
{
	struct page_info *p = counted_page(PTE((uint64_t)high << 32 | low));

	entry_store_l1(slot, what, low, high, high, keep);
	if (p && what == CHANGE_READONLY)
		TRUST_EFFECT(6, 112, put_writable(p));
}
