/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/mm/host.c tests/unit/mm/world.c hypervisor/mm/page.c hypervisor/mm/l1.c hypervisor/mm/l2.c hypervisor/mm/update.c hypervisor/mm/l3.c hypervisor/mm/topview.c hypervisor/mm/entry.c hypervisor/lib/ranges.c hypervisor/mm/pin.c */
/* cflags: -include mm/host.h -Wno-unused-parameter */
/*
 * The type system against a recount that knows nothing of how it works: a
 * guest of 48 frames writes entries, pins, unpins, loads and changes tables at
 * random, calls are preempted at random, and after every step all counts are
 * computed anew from the tables.  TYPES_SEED=n repeats a run.
 */
#include "world.h"

#define NR_HELD 8
static uint32_t held_mfn[NR_HELD], held_type[NR_HELD]; /* references of the model's own */

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

static void begin(uint32_t seed)
{
	start(seed);
	memset(held_mfn, 0, sizeof(held_mfn));
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
		begin(seed + run);
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
	begin(2);
	host_preempt_at_random = false;
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
		cmocka_unit_test(keeps_what_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
