/* SPDX-License-Identifier: MIT */
/*
 * Which frames of a domain may have been written to since the tools last asked: for a
 * copy that is made while it runs.
 *
 * A guest's tables are its own and say what it wrote, so nothing is taken away from it to
 * find out.  What is known without that: a frame can be written to only while somebody
 * holds its type "writable" or one of a table, and when the last one went is on its stamp
 * (mm/tlb.c).  The clock of flushes ticks at each look, so
 *
 *	in use as writable, a table or descriptors	may have changed
 *	else, its stamp is of the last look or later	may have changed
 *	else						has not
 *
 * That is too much rather than too little: a kernel that maps all its memory writable, as
 * Linux does, finds nearly all of it told as written to.
 */
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"
#include "lib.h"

#define FRAMES_A_BREATH 512

/* The clock when a look begins; what is let go of from now on has this stamp or a later one. */
static uint32_t tick(void)
{
	flush_tlb_local();
	return tlb_clock;
}

int dirty_log_start(struct domain *d)
{
	if (d->mm.dirty.on)
		return -XEN_EINVAL;
	d->mm.dirty.on = true;
	d->mm.dirty.since = tick();
	return 0;
}

/* Also of one that is not on, or whose domain is dying. */
void dirty_log_stop(struct domain *d)
{
	heap_free(d->mm.dirty.bits);
	d->mm.dirty = (struct dirty_log){ 0 };
}

static bool may_have_changed(const struct page_info *p, uint32_t since)
{
	return TRUST_WHEN(27, 110, p->type & PGT_count_mask) ||
	       TRUST_WHEN(27, 111, (int32_t)(p->tlb_stamp - since) >= 0);
}

static int begin(struct dirty_log *log, uint32_t bits)
{
	if (!TRUST_CHECK(5, 7, bits <= MAX_RAM_FRAMES))
		return -XEN_EINVAL;
	log->bits = heap_alloc(bits / 32 * 4 + 4);
	if (!log->bits)
		return -XEN_ENOMEM;
	log->nr_bits = bits;
	log->next = log->found = 0;
	TRUST_EFFECT(27, 112, log->next_since = tick());
	return 0;
}

static void look_at(struct domain *d, mfn_t m)
{
	const struct page_info *p = mfn_to_page(m);
	struct dirty_log *log = &d->mm.dirty;
	uint32_t pfn = m2p_rw[m.n];

	if (p->owner != d || !(p->count & PGC_allocated) || pfn >= log->nr_bits ||
	    !may_have_changed(p, log->since))
		return;
	set_bit(pfn, log->bits);
	log->found++;
}

static int tell(const struct dirty_log *log, gva_t to)
{
	uint32_t bytes = (log->nr_bits + 7) / 8;

	for (uint32_t at = 0; at < bytes; at += PAGE_SIZE) {
		if (copy_to_guest_raw(gva_add(to, at), (const char *)log->bits + at,
				      MIN(bytes - at, PAGE_SIZE)))
			return -XEN_EFAULT;
		breathe();
	}
	return 0;
}

/*
 * A bit for each pseudo-physical frame below `bits` into the caller's bitmap; *found says how
 * many.  clean: the next look is about what happens from now on.  -XEN_ERESTART: call again.
 */
int dirty_log_read(struct domain *d, gva_t to, uint32_t bits, bool clean, uint32_t *found)
{
	struct dirty_log *log = &d->mm.dirty;
	int rc = log->on ? 0 : -XEN_EINVAL;

	/* A look with another length is another tool's; it begins anew. */
	if (log->bits && log->nr_bits != bits) {
		heap_free(log->bits);
		log->bits = NULL;
	}
	if (!rc && !log->bits)
		rc = begin(log, bits);
	if (rc)
		return rc;
	while (log->next < max_mfn) {
		look_at(d, MFN(log->next++));
		if (log->next % FRAMES_A_BREATH)
			continue;
		breathe();
		if (work_noted())
			return -XEN_ERESTART;
	}
	rc = tell(log, to);
	*found = log->found;
	if (!rc && clean)
		log->since = log->next_since;
	heap_free(log->bits);
	log->bits = NULL;
	return rc;
}
