/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/build/bootlayout.c */
/*
 * The start-of-day layout, against the rules of xen.h: order, alignment,
 * padding, enough page tables; and what does not fit is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "build/bootlayout.h"
#include "layout.h"

#define MIB(n) ((uint32_t)(n) << 20)

static uint32_t page_up(uint32_t v)
{
	return (v + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

static struct pv_info kernel_at(uint32_t base, uint32_t bytes)
{
	return (struct pv_info){ .has_virt_base = true,
				 .virt_base = base,
				 .virt_kstart = base + MIB(1),
				 .virt_kend = base + MIB(1) + bytes };
}

/* Every rule that holds for any layout. */
static void check_rules(const struct pv_info *pv, const struct layout_request *r,
			const struct boot_layout *l)
{
	uint32_t at = page_up(pv->virt_kend), span = l->v_end - l->v_start;

	assert_int_equal(l->v_start, pv->virt_base);
	assert_int_equal(l->v_end % MIB(4), 0);
	if (r->initrd_bytes && !pv->mod_start_pfn) {
		assert_int_equal(l->initrd, at);
		at += page_up(r->initrd_bytes);
	}
	if (!pv->has_init_p2m) {
		assert_int_equal(l->p2m, at);
		at += page_up(r->nr_pages * 4);
	}
	assert_int_equal(l->start_info, at);
	at += PAGE_SIZE;
	if (r->plain) {
		assert_int_equal(l->store, at);
		assert_int_equal(l->console, at + PAGE_SIZE);
		at += 2 * PAGE_SIZE;
	} else {
		assert_int_equal(l->console, 0);
	}
	assert_int_equal(l->tables, at);
	assert_int_equal(l->stack, at + l->nr_tables * PAGE_SIZE);
	assert_int_equal(l->stack_end, l->stack + PAGE_SIZE);
	assert_true(l->v_end - l->stack_end >= 512 << 10);
	assert_true(l->v_end - l->stack_end < (512 << 10) + MIB(8));

	/* All of the region is mapped, by as many L1s as it touches 2 MiB; L3[3] has its L2. */
	assert_int_equal(l->nr_l1, ((l->v_end - 1) >> 21) - (l->v_start >> 21) + 1);
	assert_true(l->nr_l2 >= 1 && l->nr_l2 <= 4);
	assert_true(l->nr_tables >= 1 + l->nr_l2 + l->nr_l1);
	assert_true(l->pages_used >= span >> 12);
	assert_true(l->pages_used <= r->nr_pages);
}

static void three_gigabytes(void **state)
{
	struct pv_info pv = kernel_at(0xc0000000, MIB(9) + 5);
	struct layout_request r = { MIB(3) + 1, 65536, HOLE_START, false };
	struct boot_layout l;

	(void)state;
	assert_true(layout_compute(&pv, &r, &l));
	check_rules(&pv, &r, &l);
	assert_int_equal(l.nr_l2, 1);
	r.plain = true;
	assert_true(layout_compute(&pv, &r, &l));
	check_rules(&pv, &r, &l);
}

static void base_zero(void **state)
{
	struct pv_info pv = kernel_at(0, 4096);
	struct layout_request r = { 0, 2048, CLASSIC_M2P_START, true };
	struct boot_layout l;

	(void)state;
	assert_true(layout_compute(&pv, &r, &l));
	check_rules(&pv, &r, &l);
	assert_int_equal(l.nr_l2, 2); /* its own gigabyte and the top one */
	assert_int_equal(l.initrd, 0);
}

static void initrd_unmapped(void **state)
{
	struct pv_info pv = kernel_at(0xc0000000, MIB(2));
	struct layout_request r = { MIB(900) + 7, 262144, HOLE_START, false };
	struct boot_layout l;

	(void)state;
	assert_true(layout_compute(&pv, &r, &l));
	check_rules(&pv, &r, &l);
	r.nr_pages = 786432;
	r.initrd_bytes = MIB(1200);
	assert_false(layout_compute(&pv, &r, &l)); /* mapped, it reaches the hole */
	assert_non_null(strstr(l.why, "MOD_START_PFN"));
	pv.mod_start_pfn = true;
	assert_true(layout_compute(&pv, &r, &l));
	check_rules(&pv, &r, &l);
	assert_int_equal(l.initrd_pfn, (l.v_end - l.v_start) >> 12);
	assert_int_equal(l.pages_used, l.initrd_pfn + (MIB(1200) >> 12));
}

static void init_p2m(void **state)
{
	struct pv_info pv = kernel_at(0xc0000000, MIB(2));
	struct layout_request r = { MIB(1), 786432, HOLE_START, false };
	struct boot_layout l;

	(void)state;
	pv.has_init_p2m = true;
	pv.init_p2m = 0x80000000;
	assert_true(layout_compute(&pv, &r, &l));
	check_rules(&pv, &r, &l);
	assert_int_equal(l.p2m, 0x80000000);
	assert_int_equal(l.p2m_pages, 768);
	assert_int_equal(l.p2m_nr_l1, 2);
	assert_int_equal(l.p2m_nr_l2, 1);
	assert_int_equal(l.p2m_tables_pfn, l.p2m_pfn + 768);
	assert_int_equal(l.pages_used, l.p2m_tables_pfn + 3);
	pv.init_p2m = 0xe0000000; /* in the top gigabyte, which has an L2 already */
	assert_true(layout_compute(&pv, &r, &l));
	assert_int_equal(l.p2m_nr_l2, 0);
	pv.init_p2m = 0xc0200000;
	assert_false(layout_compute(&pv, &r, &l));
	pv.init_p2m = 0xfbe00000;
	assert_false(layout_compute(&pv, &r, &l));
	pv.init_p2m = 0xe0001000;
	assert_false(layout_compute(&pv, &r, &l));
}

static void too_big(void **state)
{
	struct pv_info pv = kernel_at(0xc0000000, MIB(30));
	struct layout_request r = { 0, 8191, HOLE_START, false };
	struct boot_layout l;

	(void)state;
	assert_false(layout_compute(&pv, &r, &l));
	assert_non_null(strstr(l.why, "dom0_mem="));
	pv = kernel_at(0xf5000000, MIB(12));
	r.nr_pages = 65536;
	r.hole_start = CLASSIC_M2P_START;
	assert_false(layout_compute(&pv, &r, &l));
	r.hole_start = HOLE_START;
	assert_true(layout_compute(&pv, &r, &l));
	pv = kernel_at(0xffe00000, 4096);
	assert_false(layout_compute(&pv, &r, &l));
}

/* Any kernel, initrd and memory size: it fits by the rules, or it is refused. */
static void sweep(void **state)
{
	uint32_t x = 12345, fits = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct pv_info pv;
		struct layout_request r;
		struct boot_layout l;
		uint32_t v[6];

		for (int k = 0; k < 6; k++)
			v[k] = x = x * 1664525 + 1013904223;
		pv = kernel_at(v[0] & 0xf0000000 & ~PAGE_SIZE, (v[1] >> 6) % MIB(64) + 1);
		pv.mod_start_pfn = v[2] >> 31;
		r = (struct layout_request){ v[3] >> (2 + (v[4] >> 20) % 20), 1024 + (v[5] >> 13),
					     v[2] & 1 << 20 ? HOLE_START : CLASSIC_M2P_START,
					     v[2] & 1 << 21 };
		if (pv.virt_kend < pv.virt_kstart)
			continue;
		if (!layout_compute(&pv, &r, &l)) {
			assert_true(strlen(l.why) > 10);
			continue;
		}
		check_rules(&pv, &r, &l);
		assert_true(l.v_end <= r.hole_start);
		fits++;
	}
	assert_in_range(fits, 2000, 19500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_gigabytes), cmocka_unit_test(base_zero),
		cmocka_unit_test(initrd_unmapped), cmocka_unit_test(init_p2m),
		cmocka_unit_test(too_big),         cmocka_unit_test(sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
