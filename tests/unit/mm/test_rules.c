/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/mm/host.c tests/unit/mm/world.c hypervisor/mm/page.c hypervisor/mm/l1.c hypervisor/mm/l2.c hypervisor/mm/update.c hypervisor/mm/l3.c hypervisor/mm/topview.c hypervisor/mm/entry.c hypervisor/lib/ranges.c hypervisor/mm/pin.c */
/* cflags: -include mm/host.h -Wno-unused-parameter */
/*
 * The rules of page types one by one: what is refused, what is flushed and stamped, what is given
 * back.  (test_types.c looks whether the counts stay right whatever comes.)
 */
#include "world.h"

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
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EBUSY);
	put_entry(24, 5, 25, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), 0);
	/* ... nor by a change of flags, nor of itself. */
	assert_int_equal(entry_update(&frame_table[24], (pte_t *)host_frame(24) + 5,
				      mfn_pte(MFN(25), PTE_P | PTE_RW), 0, &dom, &dom),
			 -XEN_EBUSY);
	put_entry(26, 1, 26, PTE_P | PTE_RW);
	assert_int_equal(pin_table(&dom, MFN(26), PGT_l1), -XEN_EBUSY);
}

static void foreign_frames_are_refused(void **state)
{
	put_entry(24, 0, FRAMES + 1, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EBUSY);
	put_entry(24, 0, HOST_FRAMES + 7, PTE_P); /* beyond RAM: hardware, the first domain's */
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), 0);
	unpin_table(&dom, MFN(24));
	dom.privileged = false;
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EPERM);
	put_entry(24, 0, IO_FRAME, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EPERM);
}

static void interrupt_controllers_are_refused(void **state)
{
	static const uint32_t refused[] = { 0xfee00, 0xfeeff, 0xfec00 };

	for (int i = 0; i < 3; i++) {
		put_entry(24, 0, refused[i], PTE_P);
		assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), -XEN_EPERM);
	}
}

/* Tree: L3 45 -> top 42, L2 36 -> L1 24. */
static void build_tree(void)
{
	put_entry(36, 0, 24, PTE_P | PTE_RW);
	put_entry(45, 0, 36, PTE_P);
	put_entry(45, 3, 42, PTE_P);
}

static void top_l2_keeps_its_place(void **state)
{
	build_tree();
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), 0);
	assert_int_equal(frame_table[42].type & PGT_kind_mask, PGT_l2 | PGT_top);
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

/* Several L3s have one top L2: each holds it, and our slots stay until the last has gone. */
static void top_l2_of_several_l3s(void **state)
{
	const pte_t *top = host_frame(42);
	uint32_t first = top_l2_limit(&dom);

	build_tree();
	put_entry(46, 3, 42, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), 0);
	assert_int_equal(pin_table(&dom, MFN(46), PGT_l3), 0);
	assert_int_equal(frame_table[42].type & PGT_count_mask, 2);
	/* Not in the name of another domain. */
	frame_table[47].owner = &other;
	put_entry(47, 3, 42, PTE_P);
	assert_int_equal(pin_table(&other, MFN(47), PGT_l3), -XEN_EINVAL);
	frame_table[47].owner = &dom;
	assert_int_equal(unpin_table(&dom, MFN(45)), 0);
	assert_int_equal(frame_table[42].type & PGT_count_mask, 1);
	assert_true(frame_table[42].type & PGT_validated);
	assert_int_not_equal(top[first].v, 0);
	assert_int_equal(unpin_table(&dom, MFN(46)), 0);
	assert_int_equal(frame_table[42].type & PGT_count_mask, 0);
	assert_int_equal(top[first].v, 0);
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

/*
 * A top L2 whose first entry is left half undone, and then turns out to be wrong: it is memory
 * again, and of ours nothing is left in it, nor the view that showed it.
 */
static void top_l2_that_fails_again(void **state)
{
	const pte_t *top = host_frame(42);

	put_entry(36, 0, 24, PTE_P | PTE_RW | PTE_US);
	put_entry(36, 1, 25, PTE_P | PTE_RW | PTE_US);
	assert_int_equal(pin_table(&dom, MFN(36), PGT_l2), 0);
	put_entry(42, 0, 36, PTE_P); /* the only one that holds it, soon */
	put_entry(42, 9, 42, PTE_P); /* itself, so that it has a view */
	put_entry(45, 3, 42, PTE_P);
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), 0);
	assert_int_equal(unpin_table(&dom, MFN(36)), 0);
	/* Behind the entry that is the view's, then within the L2. */
	host_preempt_at = 1;
	assert_int_equal(unpin_table(&dom, MFN(45)), 0);
	host_preempt_at = 1;
	assert_int_equal(finish_old_table(&vcpu), -XEN_ERESTART);
	assert_int_equal(frame_table[42].validated, 0);
	assert_true(frame_table[42].type & PGT_half && frame_table[36].type & PGT_partial);
	/* Up again: the entry names what is no L1, for it maps tables in use writable. */
	put_entry(36, 0, 24, PTE_P | PTE_RW | PTE_US);
	assert_int_equal(pin_table(&dom, MFN(24), PGT_l1), 0);
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), -XEN_EBUSY);
	while (finish_old_table(&vcpu))
		;
	assert_int_equal(frame_table[42].type & PGT_count_mask, 0);
	for (uint32_t i = top_l2_limit(&dom); i < 512; i++)
		assert_int_equal(top[i].v, 0);
	assert_int_equal(dom.mm.nr_views, 0);
	assert_int_equal(frame_table[42].count, PGC_allocated | 1);
}

/* A page is an L2, then an L3 that names the next one, each left half done in the middle of it. */
static uint32_t leave_half(uint32_t l3, uint32_t l2, uint32_t l1)
{
	put_entry(l3, 0, l2, PTE_P);
	put_entry(l3, 3, 42, PTE_P);
	put_entry(l2, 0, l1, PTE_P | PTE_RW | PTE_US);
	host_preempt_at = 1; /* behind the first entry of the L2 */
	assert_int_equal(pin_table(&dom, MFN(l3), PGT_l3), -XEN_ERESTART);
	assert_true(frame_table[l3].type & PGT_half && frame_table[l2].type & PGT_partial);
	/* Not back to that, but the L2 to its end, and it is the guest's again. */
	assert_int_equal(pin_table(&dom, MFN(l2), PGT_l2), 0);
	assert_int_equal(unpin_table(&dom, MFN(l2)), 0);
	assert_int_equal(frame_table[l2].type & PGT_count_mask, 0);
	return l2;
}

/* What is left half done is taken apart, but no chain of it: our stack is small. */
static void half_done_is_no_chain(void **state)
{
	uint32_t last = 1;

	for (uint32_t next = 2; next < 40; next++)
		last = leave_half(last, next, 41);
	host_maps_most = 0;
	assert_int_equal(pin_table(&dom, MFN(1), PGT_l3), -XEN_EINVAL);
	assert_int_equal(finish_old_table(&vcpu), 0);
	assert_in_range(host_maps_most, 1, 5); /* as mapcache.c says */
	for (uint32_t m = 2; m < last; m++)
		assert_int_equal(finish_partial(&frame_table[m]), 0);
	for (uint32_t m = 1; m < FRAMES; m++) {
		assert_int_equal(frame_table[m].count, PGC_allocated | 1);
		assert_int_equal(frame_table[m].type & (PGT_count_mask | PGT_partial), 0);
	}
}

/* A table that was left half done is no business of who wants it as something else. */
static void half_done_is_not_taken_over(void **state)
{
	put_entry(36, 0, 24, PTE_P | PTE_RW | PTE_US);
	put_entry(45, 0, 36, PTE_P);
	put_entry(45, 3, 42, PTE_P);
	host_preempt_at = 1;
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), -XEN_ERESTART);
	assert_true(frame_table[36].type & PGT_partial);
	assert_int_equal(get_page_and_type(&frame_table[36], &dom, PGT_writable), -XEN_EINVAL);
	assert_int_equal(get_page_and_type(&frame_table[45], &dom, PGT_seg_desc), -XEN_EINVAL);
	assert_null(vcpu.mm.old_table);
	assert_true(frame_table[36].type & PGT_partial);
	/* Whoever began goes on. */
	assert_int_equal(pin_table(&dom, MFN(45), PGT_l3), 0);
	assert_int_equal(unpin_table(&dom, MFN(45)), 0);
	assert_int_equal(frame_table[36].type & PGT_count_mask, 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(writable_table_is_refused, quiet),
		cmocka_unit_test_setup(foreign_frames_are_refused, quiet),
		cmocka_unit_test_setup(interrupt_controllers_are_refused, quiet),
		cmocka_unit_test_setup(top_l2_keeps_its_place, quiet),
		cmocka_unit_test_setup(top_l2_of_several_l3s, quiet),
		cmocka_unit_test_setup(linear_tables, quiet),
		cmocka_unit_test_setup(views_of_the_top, quiet),
		cmocka_unit_test_setup(type_change_flushes, quiet),
		cmocka_unit_test_setup(our_slots_come_and_go, quiet),
		cmocka_unit_test_setup(bad_tables_leave_nothing, quiet),
		cmocka_unit_test_setup(top_l2_that_fails_again, quiet),
		cmocka_unit_test_setup(half_done_is_no_chain, quiet),
		cmocka_unit_test_setup(half_done_is_not_taken_over, quiet),
		cmocka_unit_test_setup(the_last_put_stamps, quiet),
		cmocka_unit_test_setup(the_type_count_has_an_end, quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
