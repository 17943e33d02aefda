/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/mm/tlb.c */
/* cflags: -include mm/fake_x86.h -include mm/fake_cpu.h -Wno-unused-parameter */
/*
 * The clock of flushes: does a frame look stale exactly as long as a translation of it may be in
 * a TLB?  And does each flush really happen?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../hypervisor/mm/internal.h"

static struct cpu cpu;
struct cpu *host_cpu = &cpu;
uint32_t nr_cpus = 1;

/* One global and one ordinary translation. */
static bool global_cached, local_cached;
static uint32_t flushed_va;

void write_cr3(uint32_t value)
{
	assert_int_equal(value, cpu.cr3);
	local_cached = false;
}

void invlpg(uint32_t va)
{
	flushed_va = va;
}

static void cache_both(void)
{
	global_cached = local_cached = true;
}

static int fresh(void **state)
{
	cpu = (struct cpu){ .cr3 = 0x5000 };
	nr_cpus = 1;
	flushed_va = 0;
	return 0;
}

static void flushes_happen(void **state)
{
	cache_both();
	flush_tlb_local();
	assert_true(global_cached && !local_cached);
	cache_both();
	flush_tlb_mask(1);
	assert_false(local_cached);
	cache_both();
	flush_tlb_mask(~1U);
	assert_true(local_cached);
	flush_tlb_one_mask(~1U, 0x1000);
	assert_int_equal(flushed_va, 0);
	flush_tlb_one_mask(1, 0x1000);
	assert_int_equal(flushed_va, 0x1000);
}

static void stale_until_flushed(void (*flush)(void))
{
	uint32_t stamp;

	flush();
	stamp = tlb_clock; /* the last mapping goes now, and may be in the TLB */
	assert_true(tlb_stale(stamp));
	flush();
	assert_false(tlb_stale(stamp));
	assert_true(tlb_stale(tlb_clock));
	assert_false(tlb_stale(TLB_STAMP_FRESH));
}

static void stamps(void **state)
{
	stale_until_flushed(flush_tlb_local);
}

static void the_slowest_counts(void **state)
{
	uint32_t stamp;

	flush_tlb_local();
	stamp = tlb_clock;
	nr_cpus = 2; /* the other one has never flushed */
	flush_tlb_local();
	assert_true(tlb_stale(stamp));
	cpu.id = 1;
	flush_tlb_local();
	assert_false(tlb_stale(stamp));
}

static void the_clock_wraps(void **state)
{
	uint32_t stamp;

	tlb_clock = 0xfffffffe;
	for (int i = 0; i < 6; i++)
		stale_until_flushed(flush_tlb_local);
	stamp = tlb_clock;
	flush_tlb_local();
	assert_false(tlb_stale(stamp));
	/* Half the numbers later an old stamp looks new: that costs a flush and nothing else. */
	assert_true(tlb_stale(stamp + 0x7fffffff));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(flushes_happen, fresh),
		cmocka_unit_test_setup(stamps, fresh),
		cmocka_unit_test_setup(the_slowest_counts, fresh),
		cmocka_unit_test_setup(the_clock_wraps, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
