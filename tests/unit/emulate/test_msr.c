/* SPDX-License-Identifier: MIT */
/* cflags: -Wno-unused-parameter -Wno-int-to-pointer-cast -Wno-pointer-to-int-cast */
/*
 * MSRs that not every processor has: what the guest reads becomes the guest's
 * #GP, never one of the hypervisor's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define rdmsr      x86_rdmsr
#define rdmsr_safe x86_rdmsr_safe
#include "x86.h"
#undef rdmsr
#undef rdmsr_safe
#define rdmsr      test_rdmsr
#define rdmsr_safe test_rdmsr_safe
static uint64_t test_rdmsr(uint32_t msr);
static bool test_rdmsr_safe(uint32_t msr, uint64_t *value);
#include "emulate/msr.c"

static bool there;

/* A processor that has no such MSR raises #GP in ring 0 here. */
static uint64_t test_rdmsr(uint32_t msr)
{
	if (!there)
		fail_msg("MSR %x was read without a fix-up", msr);
	return 0x0007040600070406ULL;
}

static bool test_rdmsr_safe(uint32_t msr, uint64_t *value)
{
	if (there)
		*value = 0x0007040600070406ULL;
	return there;
}

int get_page_type(struct page_info *p, uint32_t type)
{
	return -XEN_EINVAL;
}

int get_page_and_type(struct page_info *p, struct domain *d, uint32_t type)
{
	return -XEN_EINVAL;
}

void put_page_and_type(struct page_info *p)
{
}

void put_page(struct page_info *p)
{
}

void *map_frame(mfn_t m)
{
	return NULL;
}

void unmap_frame(const void *va)
{
}

void hypercall_page_fill(uint8_t page[4096])
{
}

struct page_info frame_table[1];
uint32_t max_mfn;

static void absent(void **state)
{
	static struct domain dom = { .initial = true };
	static struct vcpu v = { .domain = &dom };
	uint64_t value;

	there = false;
	assert_false(read_guest_msr(&v, MSR_PAT, &value));
	assert_false(read_guest_msr(&v, MSR_APIC_BASE, &value));
	assert_false(write_guest_msr(&v, MSR_PAT, 0));
	there = true;
	assert_true(read_guest_msr(&v, MSR_PAT, &value));
	assert_int_equal(value, 0x0007040600070406ULL);
	assert_true(write_guest_msr(&v, MSR_PAT, value));
	assert_false(write_guest_msr(&v, MSR_PAT, value ^ 1));
}

/* Debuggers look before they step; nothing is traced, and nothing can be. */
static void debugctl(void **state)
{
	static struct domain dom;
	static struct vcpu v = { .domain = &dom };
	uint64_t value = 1;

	assert_true(read_guest_msr(&v, 0x1d9, &value));
	assert_int_equal(value, 0);
	assert_true(write_guest_msr(&v, 0x1d9, 0));
	assert_false(write_guest_msr(&v, 0x1d9, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent),
		cmocka_unit_test(debugctl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
