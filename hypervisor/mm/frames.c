/* SPDX-License-Identifier: MIT */
/*
 * The machine's RAM, as blocks of 2^order frames (a buddy allocator).
 *
 * A free block is described in the page_info of its first frame: order, and
 * links to its neighbours in the list of that order.  There are two sets of
 * lists, below and above 4 GiB; who does not care gets memory from above, so
 * that what devices can reach lasts.
 *
 * Frames are scrubbed when they are handed out (TRUST 11).  A large block takes
 * long: who can come back for it stops half way, and the frames that are done
 * are marked CLEAN, free ones though they are, so that they need not be done
 * again.
 *
 * No processor may hold a translation of a frame from its last life when it
 * starts its next one (TRUST 7): `freed_stamp` says when something was freed
 * last.
 */
#include "internal.h"
#include "memory_op.h"
#include "mm.h"
#include "domain/domain.h"
#include "lib.h"
#include "say/say.h"

#define MAX_ORDER 18 /* 1 GiB */
#define NONE      0xffffffffU
#ifndef ROW_ORDER
#define ROW_ORDER 9 /* extents of this size and more lie behind each other, where there is room */
#endif
#ifndef FRAMES_4G
#define FRAMES_4G 0x100000U
#endif
#define LIMIT_SEARCH   1024       /* blocks of one order looked at for a limit below 4 GiB */
#define CLEAN          (1U << 31) /* in free_order of any free frame: scrubbed since it was freed */
#define SCRUB_BREATH   16         /* frames scrubbed between two looks at what is due */
#define LIVES_A_BREATH 512
#define ENDS_A_BREATH  64
#ifndef FRAMES_RESERVE
#define FRAMES_RESERVE 256 /* frames below 4 GiB that are kept for the heap */
#endif

enum { LOW, HIGH, NR_ZONES };

static uint32_t heads[NR_ZONES][MAX_ORDER + 1] = {
	[0 ... NR_ZONES - 1] = { [0 ... MAX_ORDER] = NONE },
};
static uint32_t free_count, low_free_count; /* of all frames; of those below 4 GiB */
static uint32_t freed_stamp;
static uint32_t scrubbed; /* frames, ever; modulo 2^32 */
static uint32_t ended;    /* lives, likewise */
static spinlock_t frames_lock;

static uint32_t zone_of(uint32_t mfn)
{
	return mfn < FRAMES_4G ? LOW : HIGH;
}

static struct page_info *page_at(uint32_t mfn)
{
	return mfn_to_page(MFN(mfn));
}

static bool is_free_block(uint32_t mfn, uint32_t order)
{
	const struct page_info *p = page_at(mfn);

	return mfn < max_mfn && !p->count && (p->free_order & ~CLEAN) == order + 1;
}

static void list_add(uint32_t mfn, uint32_t order)
{
	uint32_t *head = &heads[zone_of(mfn)][order];
	struct page_info *p = page_at(mfn);
	uint32_t clean = p->free_order & CLEAN;

	p->count = 0;
	p->owner = NULL;
	p->free_order = clean | (order + 1);
	p->prev_free = NONE;
	p->next_free = *head;
	if (*head != NONE)
		page_at(*head)->prev_free = mfn;
	*head = mfn;
}

static void list_del(uint32_t mfn, uint32_t order)
{
	struct page_info *p = page_at(mfn);

	if (p->prev_free != NONE)
		page_at(p->prev_free)->next_free = p->next_free;
	else
		heads[zone_of(mfn)][order] = p->next_free;
	if (p->next_free != NONE)
		page_at(p->next_free)->prev_free = p->prev_free;
	p->free_order &= CLEAN;
	p->type = 0;
}

/* n frames from mfn on, all on one side of 4 GiB, have become free (n > 0), or no longer are. */
static void count_free(uint32_t mfn, int32_t n)
{
	free_count += n;
	if (zone_of(mfn) == LOW)
		low_free_count += n;
}

/* Give back one aligned block, joined with its buddies as far as they are free. */
static void free_block(uint32_t mfn, uint32_t order)
{
	count_free(mfn, 1U << order);
	for (; order < MAX_ORDER; order++) {
		uint32_t buddy = mfn ^ (1U << order);

		if (!is_free_block(buddy, order))
			break;
		list_del(buddy, order);
		mfn &= ~(1U << order);
	}
	list_add(mfn, order);
}

/* Any run of frames, in the largest aligned blocks that fit. */
static void free_run(uint32_t mfn, uint32_t nr)
{
	while (nr) {
		uint32_t order = 0;

		while (order < MAX_ORDER && !(mfn & (1U << order)) && (2U << order) <= nr)
			order++;
		free_block(mfn, order);
		mfn += 1U << order;
		nr -= 1U << order;
	}
}

/* First block of the list that ends below `limit`; NONE when there is none among the first ones. */
static uint32_t find_below(uint32_t zone, uint32_t order, uint32_t wanted, uint32_t limit)
{
	uint32_t mfn = heads[zone][order];

	for (uint32_t i = 0; mfn != NONE && i < LIMIT_SEARCH; i++) {
		if (mfn + (1U << wanted) <= limit)
			return mfn;
		mfn = page_at(mfn)->next_free;
	}
	return NONE;
}

/*
 * May a domain have so many frames below 4 GiB?  It may not keep the heap, whose pages all lie there,
 * from growing: some are left.
 */
static bool may_take_low(uint32_t nr)
{
	const uint32_t reserve = FRAMES_RESERVE;

	return TRUST_CHECK(27, 2, low_free_count >= reserve + nr);
}

/*
 * Take the 2^wanted frames at mfn, a multiple of that, out of the free block they lie in; false: they lie
 * in none.
 */
static bool take_at(uint32_t mfn, uint32_t wanted)
{
	for (uint32_t order = wanted; order <= MAX_ORDER; order++) {
		uint32_t size = 1U << order, block = mfn & -size, end = mfn + (1U << wanted);

		if (!is_free_block(block, order))
			continue;
		list_del(block, order);
		count_free(block, -size);
		free_run(block, mfn - block);
		free_run(end, block + size - end);
		return true;
	}
	return false;
}

/* Take 2^wanted frames whose numbers are all below `limit`; NONE when there are none. */
static uint32_t take_block(uint32_t wanted, uint32_t limit, bool for_domain)
{
	const bool high = limit > FRAMES_4G && free_count != low_free_count; /* there is any */

	for (int zone = high ? HIGH : LOW; zone >= LOW; zone--) {
		if (zone == LOW && for_domain && !may_take_low(1U << wanted))
			return NONE;
		for (uint32_t order = wanted; order <= MAX_ORDER; order++) {
			uint32_t mfn = find_below(zone, order, wanted, limit);

			if (mfn != NONE && take_at(mfn, wanted))
				return mfn;
		}
	}
	return NONE;
}

/* Take the first free frame from `from` on; NONE when there is none. */
static uint32_t take_first(uint32_t from)
{
	for (uint32_t mfn = from; mfn < max_mfn; mfn++)
		if (take_at(mfn, 0))
			return mfn;
	return NONE;
}

/*
 * Take 2^wanted frames that continue what d was given last, or else begin the largest block there is:
 * large extents are how a domain is made, and its memory should lie in long rows.  NONE: as seen fit.
 */
static uint32_t take_in_row(const struct domain *d, uint32_t wanted, uint32_t limit)
{
	const bool high = limit > FRAMES_4G && free_count != low_free_count;
	uint32_t at = d->mm.row_end, size = 1U << wanted;

	if (!high && !may_take_low(size))
		return NONE;
	if (at && !(at % size) && at + size <= limit && zone_of(at) == (high ? HIGH : LOW) &&
	    take_at(at, wanted))
		return at;
	for (uint32_t order = MAX_ORDER; order > wanted; order--) {
		at = heads[high ? HIGH : LOW][order];
		if (at != NONE && at + size <= limit && take_at(at, wanted))
			return at;
	}
	return NONE;
}

static void scrub(uint32_t mfn)
{
	void *va = map_frame(MFN(mfn));

	zero_page(va);
	unmap_frame(va);
}

/*
 * The frames of a block that was taken, from 0 to nr, are scrubbed.  With
 * `again` this may stop half way and say so there.
 */
static void scrub_block(uint32_t mfn, uint32_t nr, bool *again)
{
	for (uint32_t i = 0; i < nr; i++) {
		struct page_info *p = page_at(mfn + i);

		if (TRUST_CHECK(11, 1, p->free_order & CLEAN))
			continue;
		scrub(mfn + i);
		scrubbed++;
		p->free_order = CLEAN;
		if (i % SCRUB_BREATH != SCRUB_BREATH - 1)
			continue;
		breathe();
		if (again && i + 1 < nr && work_noted()) {
			*again = true;
			return;
		}
	}
}

/* From now on the frame is somebody's: referenced once, of no type, empty. */
static void start_life(uint32_t mfn, struct domain *owner)
{
	struct page_info *p = page_at(mfn);

	TRUST_EFFECT(7, 103, p->type = PGT_none);
	p->owner = owner;
	TRUST_EFFECT(7, 104, p->tlb_stamp = fresh_stamp(owner));
	set_m2p(MFN(mfn), INVALID_GPFN);
	__atomic_store_n(&p->count, PGC_allocated | 1, __ATOMIC_SEQ_CST);
}

/* Frames of a domain's lie here: its end looks nowhere else for them. */
static void mark_spans(struct domain *d, uint32_t mfn, uint32_t nr)
{
	for (uint32_t i = mfn / SPAN; d && d->mm.spans && i <= (mfn + nr - 1) / SPAN; i++)
		if (!(d->mm.spans[i / 32] >> i % 32 & 1))
			TRUST_EFFECT(27, 116,
				     __atomic_fetch_or(&d->mm.spans[i / 32], 1U << i % 32,
						       __ATOMIC_SEQ_CST));
}

/* Frames that leave or join a domain's; all of them together hold one reference (domain/list.c). */
static void add_pages(struct domain *d, uint32_t nr)
{
	if (!d->mm.nr_pages && nr)
		domain_hold(d);
	d->mm.nr_pages += nr;
}

/* True: those were the last ones, so domain_put(d) when frames_lock is not held any more. */
static bool sub_pages(struct domain *d, uint32_t nr)
{
	TRUST_EFFECT(27, 100, d->mm.nr_pages -= nr);
	return !d->mm.nr_pages && nr;
}

/* Charged to the owner, within its ceiling; false when it has reached that, or is dying. */
static bool charge(struct domain *owner, uint32_t nr)
{
	if (!owner)
		return true;
	if (owner->dying || owner->mm.nr_pages + nr > owner->mm.max_pages ||
	    owner->mm.nr_pages + nr < nr)
		return false;
	add_pages(owner, nr);
	return true;
}

/*
 * owner: who is charged; for_domain: it is for one, if not charged to it now.  from: NONE, or one
 * frame is wanted, the first free one from there on.
 */
static mfn_t alloc(struct domain *owner, bool for_domain, uint32_t order, uint32_t limit,
		   uint32_t keep, uint32_t from, bool *again)
{
	uint32_t mfn = NONE;
	bool last = false;

	spin_lock(&frames_lock);
	if (charge(owner, keep)) {
		if (from != NONE)
			mfn = take_first(from);
		else if (owner && order >= ROW_ORDER)
			mfn = take_in_row(owner, order, limit);
		if (mfn == NONE && from == NONE)
			mfn = take_block(order, limit, for_domain);
		if (mfn == NONE && owner)
			last = sub_pages(owner, keep);
	}
	if (mfn != NONE && keep < (1U << order))
		free_run(mfn + keep, (1U << order) - keep);
	spin_unlock(&frames_lock);
	if (last)
		domain_put(owner);
	if (mfn == NONE)
		return INVALID_MFN;

	if (!TRUST_CHECK(7, 2, !tlb_stale(freed_stamp)))
		flush_tlb_mask(~0U);
	scrub_block(mfn, keep, again);
	if (again && *again) {
		spin_lock(&frames_lock);
		last = owner && sub_pages(owner, keep);
		free_run(mfn, keep);
		spin_unlock(&frames_lock);
		if (last)
			domain_put(owner);
		return INVALID_MFN;
	}
	mark_spans(owner, mfn, keep);
	if (owner && order >= ROW_ORDER)
		owner->mm.row_end = mfn + keep;
	for (uint32_t i = 0; i < keep; i++) {
		start_life(mfn + i, owner);
		if (i % LIVES_A_BREATH == LIVES_A_BREATH - 1)
			breathe();
	}
	return MFN(mfn);
}

mfn_t frames_alloc_order(struct domain *owner, uint32_t order, uint32_t limit)
{
	return frames_alloc_order_again(owner, order, limit, NULL);
}

mfn_t frames_alloc_order_again(struct domain *owner, uint32_t order, uint32_t limit, bool *again)
{
	return order > MAX_ORDER ? INVALID_MFN
				 : alloc(owner, owner, order, limit, 1U << order, NONE, again);
}

mfn_t frames_alloc_for_exchange(const struct domain *d, uint32_t order, uint32_t limit, bool *again)
{
	/* Who has the devices needs frames where they reach when nearly all are somebody's. */
	return order > MAX_ORDER
		       ? INVALID_MFN
		       : alloc(NULL, !d->privileged, order, limit, 1U << order, NONE, again);
}

mfn_t frame_alloc(struct domain *owner)
{
	return alloc(owner, owner, 0, NONE, 1, NONE, NULL);
}

mfn_t frame_alloc_from(struct domain *owner, mfn_t from)
{
	return alloc(owner, owner, 0, NONE, 1, from.n, NULL);
}

mfn_t frame_alloc_low(struct domain *owner)
{
	return alloc(owner, owner, 0, FRAMES_4G, 1, NONE, NULL);
}

/* nr frames in a row, below 4 GiB, the first one a multiple of align (a power of two, or 0). */
mfn_t frames_alloc_contig(struct domain *owner, uint32_t nr, uint32_t align)
{
	uint32_t order = 0;

	while (order <= MAX_ORDER && ((1U << order) < nr || (1U << order) < align))
		order++;
	return order > MAX_ORDER || !nr ? INVALID_MFN
					: alloc(owner, owner, order, FRAMES_4G, nr, NONE, NULL);
}

static void end_life(struct page_info *p, uint32_t clean)
{
	uint32_t mfn = page_to_mfn(p).n;
	struct domain *d = p->owner;
	bool last;

	set_m2p(MFN(mfn), INVALID_GPFN);
	spin_lock(&frames_lock);
	last = d && sub_pages(d, 1);
	TRUST_EFFECT(7, 100, freed_stamp = tlb_clock);
	p->owner = NULL;
	p->free_order = clean; /* in the owner's place */
	TRUST_EFFECT(7, 102, p->type = 0);
	free_block(mfn, 0);
	spin_unlock(&frames_lock);
	if (last)
		domain_put(d);
	/* Many may go in one call: with the table that mapped them, with their owner. */
	if (++ended % ENDS_A_BREATH == 0)
		breathe();
}

/* The last reference is gone (TRUST 6).  A type that outlived it is our own mistake. */
void page_last_put(struct page_info *p)
{
	if (unlikely(is_view(p)))
		view_gone(p);
	if (p->type & PGT_count_mask) {
		printk(LOG_ERR,
		       "frame %x lost its last reference with type word %08x; "
		       "it is kept out of use (a bug of the hypervisor)\n",
		       page_to_mfn(p).n, p->type);
		return;
	}
	end_life(p, 0);
}

static void free_ours(mfn_t m, uint32_t clean)
{
	struct page_info *p = mfn_to_page(m);

	if (p->owner)
		panic("frame_free: frame %x belongs to a domain", m.n);
	p->count = 0;
	end_life(p, clean);
}

void frame_free(mfn_t m)
{
	free_ours(m, 0);
}

void frame_free_unused(mfn_t m)
{
	free_ours(m, CLEAN);
}

/* Frames of ours become d's; they were scrubbed when they were taken. */
void frames_assign(mfn_t first, uint32_t nr, struct domain *d)
{
	mark_spans(d, first.n, nr);
	spin_lock(&frames_lock);
	add_pages(d, nr);
	for (uint32_t i = 0; i < nr; i++)
		mfn_to_page(MFN(first.n + i))->owner = d;
	spin_unlock(&frames_lock);
}

uint32_t frames_scrubbed(void)
{
	return scrubbed;
}

bool frame_reassign(struct page_info *p, struct domain *from, struct domain *to)
{
	bool ok, last = false;

	mark_spans(to, page_to_mfn(p).n, 1);
	spin_lock(&frames_lock);
	ok = !to->dying && to->mm.nr_pages < to->mm.max_pages;
	if (ok) {
		add_pages(to, 1);
		p->owner = to;
		last = sub_pages(from, 1);
	}
	spin_unlock(&frames_lock);
	if (last)
		domain_put(from);
	return ok;
}

uint32_t frames_free_count(void)
{
	return free_count;
}

uint32_t frames_free_low(void)
{
	return low_free_count;
}

uint32_t frames_spare(void)
{
	const uint32_t kept = FRAMES_RESERVE / 2;

	return low_free_count - MIN(low_free_count, kept);
}

/* Of them, those that domains may get. */
uint32_t frames_free_for_domains(void)
{
	uint32_t reserve = FRAMES_RESERVE;

	return free_count - MIN(low_free_count, reserve);
}

void frames_add_region(mfn_t first, uint32_t nr)
{
	uint32_t end = MIN(first.n + nr, max_mfn);

	spin_lock(&frames_lock);
	if (first.n < end)
		free_run(first.n, end - first.n);
	spin_unlock(&frames_lock);
}
