/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/mm/host.c hypervisor/mm/page.c hypervisor/mm/l1.c hypervisor/mm/l2.c hypervisor/mm/update.c hypervisor/mm/l3.c hypervisor/mm/topview.c hypervisor/mm/entry.c hypervisor/lib/ranges.c hypervisor/mm/pin.c */
/* cflags: -include mm/host.h -Wno-unused-parameter */
/*
 * The type system against a recount that knows nothing of how it works: a
 * guest of 48 frames writes entries, pins, unpins, loads and changes tables at
 * random, calls are preempted at random, and after every step all counts are
 * computed anew from the tables.  TYPES_SEED=n repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../hypervisor/mm/internal.h"
#include "../../../hypervisor/mm/l1_entry.h"

#define FRAMES   48 /* the guest's; 0 is never one */
#define IO_FRAME 60 /* not RAM */
#define NR_HELD  8
/* Frames that the views of top L2s are made of; few, so that there are none left at times. */
#define FIRST_VIEW 100
#define NR_VIEWS   5

static struct domain dom, other;
static struct vcpu vcpu;
static uint32_t held_mfn[NR_HELD], held_type[NR_HELD]; /* references of the model's own */

/* ---- what mm/ asks of files that are not linked here ---- */

uint32_t tlb_clock = 5;
static uint32_t last_flush = 5;

bool tlb_stale(uint32_t stamp)
{
	return stamp >= last_flush;
}

void flush_tlb_mask(uint32_t mask)
{
	last_flush = ++tlb_clock;
}

void top_l2_install(struct domain *d, const pte_t *t)
{
	const pte_t ours = PTE(0xabcd000);

	for (uint32_t i = top_l2_limit(d); i < VIEW_SLOT; i++)
		entries_put(&t[i], &ours, 1);
}

void top_l2_clear(struct domain *d, const pte_t *t)
{
	entries_put(&t[top_l2_limit(d)], NULL, 512 - top_l2_limit(d));
}

int seg_desc_validate(struct page_info *p)
{
	return *(uint8_t *)host_frame(page_to_mfn(p).n) == 0xff ? -XEN_EINVAL : 0;
}

void seg_desc_unmapped(struct page_info *p)
{
}

void l3_entry_changed(struct domain *d, mfn_t l3, uint32_t index, pte_t e)
{
}

void page_last_put(struct page_info *p)
{
	uint32_t mfn = page_to_mfn(p).n;

	if (mfn < FIRST_VIEW)
		fail_msg("frame %u was freed", mfn);
	assert_true(is_view(p));
	view_gone(p);
	assert_int_equal(p->type, 0);
	memset(host_frame(mfn), 0xdb, PAGE_SIZE); /* somebody else's secrets */
}

mfn_t frame_alloc(struct domain *owner)
{
	for (uint32_t m = FIRST_VIEW; m < FIRST_VIEW + NR_VIEWS; m++) {
		if (frame_table[m].count)
			continue;
		memset(host_frame(m), 0, PAGE_SIZE);
		frame_table[m] = (struct page_info){ .count = PGC_allocated | 1 };
		return MFN(m);
	}
	return INVALID_MFN;
}

uint32_t frames_free_for_domains(void)
{
	return 1;
}

/* ---- the model ---- */

static uint64_t kind_of(uint32_t mfn)
{
	return frame_table[mfn].type & PGT_kind_mask;
}

static bool is_table(uint32_t kind)
{
	return (kind & PGT_type_mask) >= PGT_l1 && (kind & PGT_type_mask) <= PGT_l3;
}

static bool is_view_frame(uint32_t mfn)
{
	return mfn >= FIRST_VIEW && mfn < FIRST_VIEW + NR_VIEWS;
}

static struct {
	uint32_t count, type;
} expected[FIRST_VIEW + NR_VIEWS];

static void expect(uint32_t by, uint32_t mfn, uint32_t kind, bool counted_type)
{
	assert_in_range(mfn, 1, FRAMES - 1);
	expected[mfn].count++;
	if (!counted_type)
		return;
	expected[mfn].type++;
	if (kind_of(mfn) != kind)
		fail_msg("frame %u holds %u as kind %x, but that is of kind %lx", by, mfn,
			 kind >> 24, (unsigned long)kind_of(mfn) >> 24);
}

static void recount_table(uint32_t mfn)
{
	const struct page_info *p = &frame_table[mfn];
	const pte_t *t = host_frame(mfn);
	uint32_t kind = p->type & PGT_type_mask, present = 0;

	for (uint32_t i = 0; i < 512; i++) {
		uint32_t child = pte_mfn(t[i]).n;

		if (!(t[i].v & PTE_P))
			continue;
		if (kind == PGT_l1) {
			present++;
			if (is_view_frame(child)) {
				assert_int_equal(t[i].v & PTE_RW, 0);
				expected[child].count++;
			} else if (child != IO_FRAME)
				expect(mfn, child, PGT_writable, t[i].v & PTE_RW);
			continue;
		}
		if (i == p->validated && (p->type & PGT_half))
			expected[child].count++;
		if (i >= p->validated || child == mfn)
			continue;
		if (kind == PGT_l2 && is_view_frame(child)) {
			assert_int_equal(frame_table[child].type, PGT_view | PGT_validated | 1);
			assert_int_equal(t[i].v & PTE_RW, 0);
			expected[child].count++;
			continue;
		}
		if (kind == PGT_l2)
			expect(mfn, child,
			       (kind_of(child) & PGT_type_mask) == PGT_l2 ? PGT_l2 : PGT_l1, true);
		else
			expect(mfn, child, i == 3 ? PGT_l2 | PGT_top : PGT_l2, true);
	}
	if (kind == PGT_l1)
		assert_int_equal(p->present, present);
}

/* A view has the top's entries that are held, never one that is not, and none of ours. */
static void recount_view(uint32_t top)
{
	const struct page_info *p = &frame_table[top];
	const pte_t *t = host_frame(top), *view;
	uint32_t m;

	if (!has_view(t))
		return;
	m = pte_high(t[VIEW_SLOT]);
	view = host_frame(m);
	assert_true(is_view_frame(m) && frame_table[m].owner == &dom);
	assert_int_equal(pte_high(view[VIEW_SLOT]), top);
	expected[m].count++;
	for (uint32_t i = 0; i < VIEW_SLOT; i++) {
		if (!(view[i].v & PTE_P))
			continue;
		assert_in_range(i, 0, MIN(p->validated, top_l2_limit(&dom)) - 1);
		assert_int_equal(view[i].v, t[i].v);
	}
	for (uint32_t i = 0; p->type & PGT_validated && i < top_l2_limit(&dom); i++)
		assert_int_equal(view[i].v, t[i].v);
}

/* One whose top has gone shows nothing; one that nobody shows does not exist. */
static void check_views(void)
{
	uint32_t nr = 0;

	for (uint32_t m = FIRST_VIEW; m < FIRST_VIEW + NR_VIEWS; m++) {
		const struct page_info *p = &frame_table[m];
		const pte_t *view = host_frame(m);

		assert_int_equal(p->count & PGC_count_mask, expected[m].count);
		if (!p->count)
			continue;
		nr++;
		for (uint32_t i = 0; !(p->count & PGC_heap) && i < VIEW_SLOT; i++)
			assert_false(view[i].v & PTE_P);
	}
	assert_int_equal(dom.mm.nr_views, nr);
}

static void check(void)
{
	memset(expected, 0, sizeof(expected));
	assert_int_equal(host_maps, 0);
	for (uint32_t m = 1; m < FRAMES; m++) {
		const struct page_info *p = &frame_table[m];
		uint32_t kind = kind_of(m);

		expected[m].count++;
		if (p->type & PGT_pinned)
			expect(0, m, kind, true);
		if (p->type & PGT_partial)
			expect(0, m, kind, true);
		/* Contents are held while validated or partial, and never in between two steps. */
		if (is_table(kind) && (p->type & PGT_count_mask)) {
			assert_true(p->type & (PGT_validated | PGT_partial));
			recount_table(m);
			if (kind == (PGT_l2 | PGT_top))
				recount_view(m);
		}
	}
	if (vcpu.mm.old_table)
		expected[page_to_mfn(vcpu.mm.old_table).n].count++;
	for (int i = 0; i < NR_HELD; i++)
		if (held_mfn[i])
			expect(0, held_mfn[i], held_type[i], true);
	for (uint32_t m = 1; m < FRAMES; m++) {
		assert_int_equal(frame_table[m].count & PGC_count_mask, expected[m].count);
		assert_int_equal(frame_table[m].type & PGT_count_mask, expected[m].type);
	}
	check_views();
}

/* Roles make success likely: chance alone never builds a four-level tree. */
enum role { DATA, L1, L2, TOP, L3 };

static enum role role_of(uint32_t mfn)
{
	return mfn < 24 ? DATA : mfn < 36 ? L1 : mfn < 42 ? L2 : mfn < 45 ? TOP : L3;
}

static uint32_t frame_of_role(enum role r)
{
	switch (host_random(20) ? r : host_random(5)) {
	case DATA:
		return 1 + host_random(23);
	case L1:
		return 24 + host_random(12);
	case L2:
		return 36 + host_random(6);
	case TOP:
		return 42 + host_random(3);
	default:
		return 45 + host_random(3);
	}
}

static pte_t random_entry(enum role table, uint32_t index)
{
	static const uint64_t odd[] = { PTE_G, PTE_PSE, PTE_PCD, PTE_NX, 1ULL << 44, 1ULL << 55 };
	enum role child = table == L1      ? (host_random(4) ? DATA : (enum role)host_random(5))
			  : table == L3    ? (index == 3 ? TOP : L2)
			  : host_random(4) ? L1
					   : (host_random(2) ? L2 : TOP);
	uint64_t flags = PTE_P | (table == L3      ? 0
				  : host_random(2) ? PTE_A
						   : PTE_D | PTE_A | PTE_AVAIL);
	uint32_t mfn = frame_of_role(child);

	if (!host_random(5))
		return PTE((uint64_t)host_random(64) << PAGE_SHIFT); /* not present */
	if (table != L3 && host_random(2) && child != L1 && child != L2)
		flags |= PTE_RW;
	if ((table == L2 || table == TOP) && child == L1)
		flags |= PTE_RW | PTE_US;
	if (!host_random(40))
		flags |= odd[host_random(6)];
	if (table == L1 && !host_random(30))
		mfn = IO_FRAME;
	/* By the name that it reads in a slot, in every place where a frame can be named. */
	if (!host_random(table == L2 || table == TOP ? 12 : 40))
		mfn = FIRST_VIEW + host_random(NR_VIEWS);
	return mfn_pte(MFN(mfn), flags);
}

static uint32_t random_index(enum role table)
{
	static const uint32_t few[] = { 0, 1, 7, 8, 200, 479, 480, 511 };

	return table == L3 ? host_random(host_random(10) ? 4 : 6) : few[host_random(8)];
}

/* A store of the guest's own: only possible where a writable mapping is. */
static void step_store(void)
{
	uint32_t mfn = 1 + host_random(FRAMES - 1), index = random_index(role_of(mfn));

	if (get_page_and_type(&frame_table[mfn], &dom, PGT_writable))
		return;
	((pte_t *)host_frame(mfn))[index] = random_entry(role_of(mfn), index);
	put_page_and_type(&frame_table[mfn]);
}

static void step_update(void)
{
	uint32_t mfn = 24 + host_random(24), index = random_index(role_of(mfn));
	struct page_info *p = &frame_table[mfn];
	pte_t *slot = (pte_t *)host_frame(mfn) + index, new = random_entry(role_of(mfn), index);

	if (host_random(3) == 0 && slot->v & PTE_P)
		new = PTE(slot->v ^ (1ULL << (1 + host_random(11)))); /* flags only */
	switch (p->type & (PGT_type_mask | PGT_validated)) {
	case PGT_l1 | PGT_validated:
		if (host_random(2))
			l1_update(p, slot, pte_low(new), pte_high(new), &dom, &dom);
		else
			entry_update(p, slot, new, host_random(2) ? PTE_A | PTE_D : 0, &dom, &dom);
		break;
	case PGT_l2 | PGT_validated:
		entry_update(p, slot, new, PTE_A | PTE_D, &dom, &dom);
		break;
	case PGT_l3 | PGT_validated:
		entry_update(p, slot, new, 0, &dom, &dom);
		break;
	}
}

static void step_pin(void)
{
	static const uint32_t types[] = { PGT_l1, PGT_l1, PGT_l2, PGT_l2, PGT_l3 };
	uint32_t mfn = 24 + host_random(24);
	int rc, tries = host_random(4);

	if (host_random(3)) {
		do
			rc = pin_table(&dom, MFN(mfn), types[role_of(mfn)]);
		while (rc == -XEN_ERESTART && tries--); /* some guests never come back */
	} else {
		unpin_table(&dom, MFN(mfn));
	}
}

/* References from elsewhere: CR3, GDT frames, a mapping that somebody keeps. */
static void step_hold(void)
{
	static const uint32_t types[] = { PGT_writable,     PGT_l1, PGT_l2,
					  PGT_l2 | PGT_top, PGT_l3, PGT_seg_desc };
	int i = host_random(NR_HELD);

	if (held_mfn[i]) {
		put_page_and_type(&frame_table[held_mfn[i]]);
		held_mfn[i] = 0;
		return;
	}
	held_mfn[i] = 1 + host_random(FRAMES - 1);
	held_type[i] = types[host_random(6)];
	if (get_page_and_type(&frame_table[held_mfn[i]], &dom, held_type[i]))
		held_mfn[i] = 0;
}

static void start(uint32_t seed)
{
	host_reset();
	host_seed(seed);
	entry_masks_init(PTE_NX, 40);
	memset(&dom, 0, sizeof(dom));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(held_mfn, 0, sizeof(held_mfn));
	dom.classic = seed & 1;
	dom.privileged = true;
	vcpu.domain = &dom;
	host_current = &vcpu;
	host_preempt_at_random = true;
	for (uint32_t m = 1; m < FRAMES; m++)
		frame_table[m] = (struct page_info){ .count = PGC_allocated | 1, .owner = &dom };
	frame_table[IO_FRAME].owner = &dom_io;
	for (uint32_t m = FRAMES; m < IO_FRAME; m++) /* another domain's */
		frame_table[m] = (struct page_info){ .count = PGC_allocated | 1, .owner = &other };
}

static void let_go_of_everything(void)
{
	host_preempt_at_random = false;
	for (int i = 0; i < NR_HELD; i++)
		if (held_mfn[i]) {
			put_page_and_type(&frame_table[held_mfn[i]]);
			held_mfn[i] = 0;
		}
	assert_int_equal(finish_old_table(&vcpu), 0);
	for (uint32_t m = 1; m < FRAMES; m++) {
		unpin_table(&dom, MFN(m));
		finish_partial(&frame_table[m]);
	}
	for (uint32_t m = 1; m < FRAMES; m++) {
		assert_int_equal(frame_table[m].count, PGC_allocated | 1);
		assert_int_equal(frame_table[m].type & ~PGT_kind_mask & ~PGT_validated, 0);
	}
}

static void random_walks(void **state)
{
	uint32_t seed = 0x52494e47, validated = 0, partial = 0, linear = 0, tops = 0, views = 0;

	if (getenv("TYPES_SEED"))
		seed = strtoul(getenv("TYPES_SEED"), NULL, 0);
	for (uint32_t run = 0; run < 60; run++) {
		printf(run % 20 ? "" : "seed %#x\n", seed + run);
		start(seed + run);
		for (uint32_t step = 0; step < 4000; step++) {
			static void (*const steps[])(void) = {
				step_store,  step_store, step_update, step_update,
				step_update, step_pin,   step_pin,    step_hold,
			};

			if (finish_old_table(&vcpu) == 0)
				steps[host_random(8)]();
			check();
			for (uint32_t m = 24; m < FRAMES; m++) {
				validated += kind_of(m) >= PGT_l3 &&
					     frame_table[m].type & PGT_validated;
				partial += !!(frame_table[m].type & PGT_partial);
				tops += !!(frame_table[m].type & PGT_top);
				views += frame_table[m].type & PGT_top &&
					 frame_table[m].type & PGT_count_mask &&
					 has_view(host_frame(m));
				linear += kind_of(m) == PGT_l2 &&
					  (frame_table[m].type & PGT_count_mask) &&
					  frame_table[m].linear;
			}
		}
		let_go_of_everything();
	}
	/* The walk went where it should: a test that builds no tree proves nothing. */
	assert_true(validated > 1000 && partial > 1000 && linear > 100 && tops > 1000 &&
		    views > 1000);
	printf("L3 validated %u, partial %u, linear %u, top L2 %u, with a view %u frame-steps\n",
	       validated, partial, linear, tops, views);
}

/* ---- single rules ---- */

static int quiet(void **state)
{
	start(2);
	host_preempt_at_random = false;
	return 0;
}

static void put_entry(uint32_t table, uint32_t index, uint32_t mfn, uint64_t flags)
{
	((pte_t *)host_frame(table))[index] = mfn_pte(MFN(mfn), flags);
}

static void writable_table_is_refused(void **state)
{
	put_entry(24, 5, 25, PTE_P | PTE_RW);
	assert_int_equal(pin_table(&dom, MFN(25), PGT_l1), 0);
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EINVAL);
	put_entry(24, 5, 25, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), 0);
	/* ... nor by a change of flags, nor of itself. */
	assert_int_equal(entry_update(&frame_table[24], (pte_t *)host_frame(24) + 5,
				      mfn_pte(MFN(25), PTE_P | PTE_RW), 0, &dom, &dom),
			 -XEN_EINVAL);
	put_entry(26, 1, 26, PTE_P | PTE_RW);
	assert_int_equal(pin_table(&dom, MFN(26), PGT_l1), -XEN_EINVAL);
}

static void foreign_frames_are_refused(void **state)
{
	put_entry(24, 0, FRAMES + 1, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EINVAL);
	put_entry(24, 0, HOST_FRAMES + 7, PTE_P); /* beyond RAM: hardware, the first domain's */
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), 0);
	unpin_table(&dom, MFN(24));
	dom.privileged = false;
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EINVAL);
	put_entry(24, 0, IO_FRAME, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EINVAL);
}

static void interrupt_controllers_are_refused(void **state)
{
	static const uint32_t refused[] = { 0xfee00, 0xfeeff, 0xfec00 };

	for (int i = 0; i < 3; i++) {
		put_entry(24, 0, refused[i], PTE_P);
		assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EINVAL);
	}
}

/* Tree: L3 45 -> top 42, L2 36 -> L1 24. */
static void build_tree(void)
{
	put_entry(36, 0, 24, PTE_P | PTE_RW);
	put_entry(45, 0, 36, PTE_P);
	put_entry(45, 3, 42, PTE_P);
}

static void top_l2_has_one_l3(void **state)
{
	build_tree();
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), 0);
	assert_int_equal(frame_table[42].type & PGT_kind_mask, PGT_l2 | PGT_top);
	put_entry(46, 3, 42, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(46), PGT_l3), -XEN_EINVAL);
	/* It is no ordinary L2, and an ordinary one is no top. */
	assert_int_equal(entry_update(&frame_table[45], (pte_t *)host_frame(45) + 1,
				      mfn_pte(MFN(42), PTE_P), 0, &dom, &dom),
			 -XEN_EINVAL);
	put_entry(46, 3, 36, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(46), PGT_l3), -XEN_EINVAL);
	/* The slots of the hole are not the guest's, those below are. */
	assert_int_equal(entry_update(&frame_table[42], (pte_t *)host_frame(42) + 480, PTE(0), 0,
				      &dom, &dom),
			 -XEN_EPERM);
	assert_int_equal(entry_update(&frame_table[42], (pte_t *)host_frame(42) + 479, PTE(0), 0,
				      &dom, &dom),
			 0);
	/* The last slot of an L3 does not change, and must be there. */
	assert_int_equal(entry_update(&frame_table[45], (pte_t *)host_frame(45) + 3, PTE(0), 0,
				      &dom, &dom),
			 -XEN_EINVAL);
	put_entry(46, 3, 0, 0);
	assert_int_equal(pin_table(&dom, MFN(46), PGT_l3), -XEN_EINVAL);
}

static void linear_tables(void **state)
{
	pte_t *l2 = host_frame(36);

	build_tree();
	put_entry(45, 1, 37, PTE_P);
	put_entry(45, 2, 38, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), 0);
	/* Writable: no. Another, itself: yes. */
	assert_int_equal(entry_update(&frame_table[36], l2 + 8, mfn_pte(MFN(37), PTE_P | PTE_RW), 0,
				      &dom, &dom),
			 -XEN_EINVAL);
	assert_int_equal(
		entry_update(&frame_table[36], l2 + 8, mfn_pte(MFN(37), PTE_P), 0, &dom, &dom), 0);
	assert_int_equal(
		entry_update(&frame_table[36], l2 + 9, mfn_pte(MFN(36), PTE_P), 0, &dom, &dom), 0);
	assert_int_equal(frame_table[36].linear, -1);
	assert_int_equal(frame_table[37].linear, 1);
	/* Who is pointed to does not point, who points is not pointed to. */
	assert_int_equal(entry_update(&frame_table[37], (pte_t *)host_frame(37) + 8,
				      mfn_pte(MFN(38), PTE_P), 0, &dom, &dom),
			 -XEN_EINVAL);
	assert_int_equal(entry_update(&frame_table[38], (pte_t *)host_frame(38) + 8,
				      mfn_pte(MFN(36), PTE_P), 0, &dom, &dom),
			 -XEN_EINVAL);
	assert_int_equal(entry_update(&frame_table[36], l2 + 8, PTE(0), 0, &dom, &dom), 0);
	assert_int_equal(frame_table[36].linear, 0);
	assert_int_equal(frame_table[37].linear, 0);
}

/* The top one is shown as a view, to another table and to itself. */
static void views_of_the_top(void **state)
{
	pte_t *l2 = host_frame(36), *top = host_frame(42), *view = host_frame(FIRST_VIEW);
	uint64_t written = mfn_pte(MFN(42), PTE_P).v, shown = mfn_pte(MFN(FIRST_VIEW), PTE_P).v;

	build_tree();
	put_entry(42, 0, 25, PTE_P | PTE_RW);
	put_entry(42, 9, 42, PTE_P);   /* itself, while it is being validated */
	top[VIEW_SLOT].v = 7ULL << 32; /* the guest's, no view of ours */
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), 0);
	assert_int_equal(top[9].v, shown);
	assert_int_equal(view[9].v, shown);
	assert_int_equal(view[0].v, top[0].v);
	assert_int_equal(view[480].v, 0);
	assert_int_equal(m2p_rw[FIRST_VIEW], m2p_rw[42]);
	/* Writable: not by the top's name, not by the view's, not by a change of flags. */
	assert_int_equal(entry_update(&frame_table[36], l2 + 8, PTE(written | PTE_RW), 0, &dom,
				      &dom),
			 -XEN_EINVAL);
	assert_int_equal(entry_update(&frame_table[36], l2 + 8, PTE(shown | PTE_RW), 0, &dom, &dom),
			 -XEN_EINVAL);
	assert_int_equal(entry_update(&frame_table[36], l2 + 8, PTE(written), 0, &dom, &dom), 0);
	assert_int_equal(l2[8].v, shown);
	assert_int_equal(entry_update(&frame_table[36], l2 + 8, PTE(shown | PTE_RW), 0, &dom, &dom),
			 -XEN_EINVAL);
	assert_int_equal(entry_update(&frame_table[36], l2 + 8, PTE(shown | PTE_US), 0, &dom, &dom),
			 0);
	/* A view is nothing else: no table, no memory. */
	assert_int_equal(pin_table(&dom, MFN(FIRST_VIEW), PGT_l1), -XEN_EINVAL);
	assert_int_equal(get_page_and_type(&frame_table[FIRST_VIEW], &dom, PGT_writable),
			 -XEN_EINVAL);
	/* What is stored in the top is shown at once, flags too. */
	assert_int_equal(
		entry_update(&frame_table[42], top + 3, mfn_pte(MFN(26), PTE_P), 0, &dom, &dom), 0);
	assert_int_equal(view[3].v, top[3].v);
	assert_int_equal(entry_update(&frame_table[42], top + 3, mfn_pte(MFN(26), PTE_P | PTE_US),
				      0, &dom, &dom),
			 0);
	assert_int_equal(view[3].v, top[3].v);
	assert_int_equal(entry_update(&frame_table[42], top + 3, PTE(0), 0, &dom, &dom), 0);
	assert_int_equal(view[3].v, 0);
	/* A table that is taken apart gets the name back; a top that goes leaves an empty view. */
	assert_int_equal(
		entry_update(&frame_table[45], (pte_t *)host_frame(45), PTE(0), 0, &dom, &dom), 0);
	assert_int_equal(l2[8].v, written | PTE_US);
	assert_int_equal(pin_table(&dom, MFN(36), PGT_l2), 0);
	assert_int_equal(l2[8].v, shown | PTE_US);
	assert_int_equal(unpin_table(&dom, MFN(45)), 0);
	assert_int_equal(top[9].v, written);
	assert_int_equal(view[0].v, 0);
	assert_int_equal(unpin_table(&dom, MFN(36)), 0);
	assert_int_equal(l2[8].v, written | PTE_US);
	assert_int_equal(frame_table[FIRST_VIEW].count, 0);
	assert_int_equal(dom.mm.nr_views, 0);
	/* There are only so many, since nobody is charged for them. */
	assert_int_equal(pin_table(&dom, MFN(46), PGT_l3), -XEN_EINVAL);
	put_entry(46, 3, 43, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(46), PGT_l3), 0);
	dom.mm.nr_views = 64 + dom.mm.nr_pages / 32;
	assert_int_equal(entry_update(&frame_table[43], (pte_t *)host_frame(43) + 8,
				      mfn_pte(MFN(43), PTE_P), 0, &dom, &dom),
			 -XEN_ENOMEM);
	dom.mm.nr_views = 0;
}

static void type_change_flushes(void **state)
{
	uint32_t before;

	/* Mapped writable until now; then a table: something must be flushed, once. */
	assert_int_equal(get_page_and_type(&frame_table[24], &dom, PGT_writable), 0);
	put_page_and_type(&frame_table[24]);
	before = last_flush;
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), 0);
	assert_int_not_equal(last_flush, before);
	before = last_flush;
	assert_int_equal(pin_table(&dom, MFN(25), PGT_l1), 0); /* never mapped: nothing is stale */
	assert_int_equal(last_flush, before);
	/* An L2 that becomes a top L2 is something else; one that stays a top L2 is not. */
	assert_int_equal(pin_table(&dom, MFN(42), PGT_l2), 0);
	assert_int_equal(unpin_table(&dom, MFN(42)), 0);
	before = last_flush;
	put_entry(45, 3, 42, PTE_P);
	frame_table[45].tlb_stamp = before - 1; /* the L3 itself was never anything else */
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), 0);
	assert_int_not_equal(last_flush, before);
	assert_int_equal(unpin_table(&dom, MFN(45)), 0);
	before = last_flush;
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), 0);
	assert_int_equal(last_flush, before);
}

/* Our slots are in a top L2 as long as it is one, and nothing of them behind it. */
static void our_slots_come_and_go(void **state)
{
	const pte_t *top = host_frame(43);

	put_entry(46, 3, 43, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(46), PGT_l3), 0);
	for (uint32_t i = top_l2_limit(&dom); i < VIEW_SLOT; i++)
		assert_int_equal(top[i].v, 0xabcd000);
	assert_int_equal(unpin_table(&dom, MFN(46)), 0);
	for (uint32_t i = top_l2_limit(&dom); i < 512; i++)
		assert_int_equal(top[i].v, 0);
}

/* A bad entry behind good ones: what was taken for these is given back, and the frames are free. */
static void bad_tables_leave_nothing(void **state)
{
	put_entry(40, 0, 30, PTE_P | PTE_RW | PTE_US);
	put_entry(40, 1, 44, PTE_P | PTE_RW | PTE_US);
	put_entry(44, 0, 40, PTE_P | PTE_RW); /* as an L1 it maps its own L2 writable */
	assert_int_not_equal(pin_table(&dom, MFN(40), PGT_l2), 0);
	while (finish_old_table(&vcpu))
		;
	assert_int_equal(frame_table[40].type & (PGT_count_mask | PGT_partial), 0);
	assert_int_equal(frame_table[30].type & PGT_count_mask, 0);
	assert_int_equal(frame_table[44].type & PGT_count_mask, 0);
	assert_int_equal(frame_table[40].count, PGC_allocated | 1);
	assert_int_equal(frame_table[30].count, PGC_allocated | 1);
}

/* Who loses its last mapping, or is no table any more, is stamped with the clock. */
static void the_last_put_stamps(void **state)
{
	struct page_info *p = &frame_table[24];

	for (int i = 0; i < 4; i++) {
		uint32_t type = i == 0   ? PGT_writable
				: i == 1 ? PGT_l1
				: i == 2 ? PGT_seg_desc
					 : PGT_l2;

		flush_tlb_mask(1);
		assert_int_equal(get_page_and_type(p, &dom, type), 0);
		flush_tlb_mask(1);
		flush_tlb_mask(1);
		put_page_and_type(p);
		assert_int_equal(p->tlb_stamp, tlb_clock);
	}
	/* The same on the short way, through an entry. */
	flush_tlb_mask(1);
	assert_int_equal(get_page_and_type(p, &dom, PGT_writable), 0);
	flush_tlb_mask(1);
	put_writable(p);
	put_page(p);
	assert_int_equal(p->tlb_stamp, tlb_clock);
}

/* One type reference more than fit is refused, on every way; and one less is not. */
static void the_type_count_has_an_end(void **state)
{
	struct page_info *p = &frame_table[24];
	uint32_t full = PGT_writable | PGT_validated | PGT_count_mask, was = p->count;

	p->type = full;
	assert_int_equal(get_page_type(p, PGT_writable), -XEN_EINVAL);
	assert_int_not_equal(get_writable(p), 0);
	assert_false(get_l1_plain(24 << PAGE_SHIFT | PTE_P | PTE_RW, 0, &dom));
	assert_int_equal(p->type, full);
	assert_int_equal(p->count, was);
	p->type = full - 2;
	assert_int_equal(get_writable(p), 0);
	assert_int_equal(get_page_type(p, PGT_writable), 0);
	assert_int_equal(p->type, full);
	p->type = PGT_none;
}

/* Whatever an entry changes to, by whichever store: A and D stay as the processor left them. */
static void keeps_what_it_is_told(void **state)
{
	const uint64_t p = PTE_P, rw = PTE_P | PTE_RW, ad = PTE_A | PTE_D;
	const struct {
		pte_t from, to;
	} changes[] = {
		{ mfn_pte(MFN(26), p), mfn_pte(MFN(26), p | PTE_US) }, /* bits */
		{ mfn_pte(MFN(26), p), mfn_pte(MFN(26), rw) },
		{ mfn_pte(MFN(26), rw), mfn_pte(MFN(26), p) },
		{ mfn_pte(MFN(26), rw), mfn_pte(MFN(27), rw) },
		{ mfn_pte(MFN(26), rw), PTE(0) },
		{ mfn_pte(MFN(26), rw), PTE(0x1234500000000) }, /* the upper half, too */
		{ PTE(0x5678900000000), mfn_pte(MFN(26), rw) },
	};

	(void)state;
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct page_info *t = &frame_table[24];
		pte_t *slot = (pte_t *)host_frame(24) + 5;
		uint64_t was;

		assert_int_equal(entry_update(t, slot, changes[i].from, 0, &dom, &dom), 0);
		assert_int_equal(slot->v, changes[i].from.v);
		was = slot->v |= changes[i].from.v & PTE_P ? ad : 0;
		assert_int_equal(entry_update(t, slot, changes[i].to, ad, &dom, &dom), 0);
		assert_int_equal(slot->v, changes[i].to.v | (was & ad));
		check();
		assert_int_equal(entry_update(t, slot, PTE(0), 0, &dom, &dom), 0);
		assert_int_equal(slot->v, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_walks),
		cmocka_unit_test_setup(writable_table_is_refused, quiet),
		cmocka_unit_test_setup(foreign_frames_are_refused, quiet),
		cmocka_unit_test_setup(interrupt_controllers_are_refused, quiet),
		cmocka_unit_test_setup(top_l2_has_one_l3, quiet),
		cmocka_unit_test_setup(linear_tables, quiet),
		cmocka_unit_test_setup(views_of_the_top, quiet),
		cmocka_unit_test_setup(type_change_flushes, quiet),
		cmocka_unit_test_setup(our_slots_come_and_go, quiet),
		cmocka_unit_test_setup(bad_tables_leave_nothing, quiet),
		cmocka_unit_test_setup(the_last_put_stamps, quiet),
		cmocka_unit_test_setup(the_type_count_has_an_end, quiet),
		cmocka_unit_test_setup(keeps_what_it_is_told, quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
