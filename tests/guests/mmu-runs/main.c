/* SPDX-License-Identifier: MIT */
/*
 * Question: is a run of entries judged like as many single ones?
 *
 * Because: what its values share is asked once, and each of them could map what it must not.
 *
 * Expected: values land where they belong, in one table or several, over entries that are empty and over
 * others, whose references are given back. Refused, with nothing stored: a run over the end of its
 * table, one longer than 32 or than the list it is in, one into what is no L1 of the caller's, or is none
 * any more. A bad value in the middle stops a run there. A list that is not mapped to its end, that wraps
 * or reaches the hole stops where it does. Interrupted, every run is done once, in order. No reference
 * is left.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"

#define N 16

struct run {
	uint64_t ptr, value[33];
};

static uint64_t *l1;
static char *pages;

static long store(const void *list, unsigned int bytes)
{
	return ringone_call(RINGONE_HYPERCALL_RUNS, (uint32_t)list, bytes, 0, 0, 0);
}

static uint64_t at(const uint64_t *entry, unsigned int more)
{
	return virt_to_machine(entry) | (uint64_t)more << 48;
}

static uint64_t page(unsigned int i, uint64_t flags)
{
	return (uint64_t)virt_to_mfn(pages + i * PAGE_SIZE) * PAGE_SIZE | flags;
}

/* Nobody has the page as memory: it can become a table, and is memory again. */
static void free_page(unsigned int i, const char *what)
{
	char *p = pages + i * PAGE_SIZE;

	page_readonly(p);
	CHECK(!mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(p)), "%s: page %u is still mapped writable",
	      what, i);
	mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(p));
	page_writable(p);
}

static void all_is(unsigned int first, unsigned int n, uint64_t flags, const char *what)
{
	for (unsigned int i = 0; i < n; i++)
		CHECK(l1[first + i] == (flags ? page(i, flags) : 0), "%s: entry %u", what,
		      first + i);
}

static void fill(struct run *r, unsigned int first, unsigned int n, uint64_t flags)
{
	r->ptr = at(&l1[first], n - 1);
	for (unsigned int i = 0; i < n; i++)
		r->value[i] = flags ? page(i, flags) : 0;
}

static void stores(void)
{
	static const uint64_t steps[] = { PTE_RO, PTE_RW, PTE_RW | PTE_U, PTE_RO | PTE_AVAIL, 0,
					  PTE_RW, 0 };
	struct run r, back[2];

	for (unsigned int i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		fill(&r, 5, N, steps[i]);
		EXPECT(store(&r, 8 + 8 * N), 0);
		all_is(5, N, steps[i], "a run");
	}
	EXPECT(l1[4] | l1[5 + N], 0);
	/* Other frames over present ones, from the last page to the first: what was held is given back. */
	fill(&r, 0, N, PTE_RW);
	EXPECT(store(&r, 8 + 8 * N), 0);
	for (unsigned int i = 0; i < N; i++)
		r.value[i] = page(N + i, PTE_RO);
	EXPECT(store(&r, 8 + 8 * N), 0);
	free_page(0, "replaced");
	free_page(N - 1, "replaced");
	fill(&r, 0, N, PTE_RW);
	EXPECT(store(&r, 8 + 8 * N), 0);
	fill(&r, 0, N, 0);
	EXPECT(store(&r, 8 + 8 * N), 0);
	free_page(1, "cleared");
	/* Two elements, the second in front of the first; the last 32 entries; none at all. */
	fill(&back[0], 480, 32, PTE_RO);
	back[0].value[32] = at(&l1[3], 0);
	back[1].ptr = page(7, PTE_RO);
	EXPECT(store(back, sizeof(back[0]) + 8), 0);
	all_is(480, 32, PTE_RO, "the last");
	EXPECT(l1[3], page(7, PTE_RO));
	EXPECT(store(back, 0), 0);
	fill(&back[0], 480, 32, 0);
	back[1].ptr = 0;
	back[0].value[32] = at(&l1[3], 0);
	EXPECT(store(back, sizeof(back[0]) + 8), 0);
	all_is(480, 32, 0, "the last, cleared");
}

static void refused(uint64_t ptr, unsigned int bytes, const char *what)
{
	struct run r;

	fill(&r, 0, 32, PTE_RO);
	r.value[32] = PTE_RO;
	r.ptr = ptr;
	CHECK(store(&r, bytes) < 0, "%s", what);
	for (unsigned int i = 0; i < 512; i++)
		CHECK(!l1[i], "%s: entry %u", what, i);
}

static void places(void)
{
	uint64_t *l2 = l2_entry((unsigned long)pages), *mine = l1_entry((unsigned long)pages);
	uint64_t there = *mine, hv = (uint64_t)0x100 << 12;

	refused(at(&l1[0], 32), sizeof(struct run), "33 values");
	refused(at(&l1[0], 0xffff), sizeof(struct run), "65,536 values");
	refused(at(&l1[511], 1), 8 + 2 * 8, "over the end of the table");
	refused(at(&l1[490], 31), 8 + 32 * 8, "far over the end");
	refused(at(&l1[0], 1), 8 + 8, "more values than the list has");
	refused(at(&l1[0], 0), 8, "an address without a value");
	refused(at(&l1[0], 0), 12, "half a value");
	for (unsigned int low = 1; low < 8; low++)
		refused(at(&l1[0], 1) + low, 8 + 2 * 8, "between two entries");
	for (unsigned int bit = 36; bit < 48; bit++)
		refused(at(&l1[0], 1) | 1ull << bit, 8 + 2 * 8, "another upper half");
	for (unsigned int more = 0; more < 2; more++) {
		refused(at(l2, more), 8 + (more + 1) * 8, "an L2");
		refused(at(&l3_table[3] - more, more), 8 + (more + 1) * 8, "an L3");
		refused(at((uint64_t *)pages, more), 8 + (more + 1) * 8, "memory");
		refused((uint64_t)more << 48, 8 + (more + 1) * 8, "frame 0");
		refused(hv | (uint64_t)more << 48, 8 + (more + 1) * 8, "a frame of the hypervisor");
		refused(0xffffffff000ull | (uint64_t)more << 48, 8 + (more + 1) * 8, "no frame");
	}
	EXPECT(*mine, there);
	EXPECT(*(uint64_t *)pages, 0);
}

/* A bad value in the middle, over entries that are empty and over such that are not. */
static void values(void)
{
	uint64_t bad[] = { BAD_PTE,
			   page(0, PTE_RO | PTE_G),
			   page(0, PTE_RO | PTE_PCD),
			   page(0, PTE_RO | PTE_PWT),
			   page(0, PTE_RO | PTE_PAT),
			   page(0, PTE_RO) | 1ull << 46,
			   page(0, PTE_RO) | 1ull << 51,
			   (uint64_t)0x100 << 12 | PTE_RW,
			   (uint64_t)virt_to_mfn(l1) << 12 | PTE_RW };
	struct run r;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (unsigned int full = 0; full < 2; full++) {
			fill(&r, 8, 8, full ? PTE_RW : 0);
			EXPECT(store(&r, 8 + 8 * 8), 0);
			fill(&r, 8, 8, PTE_RO);
			r.value[3] = bad[i];
			CHECK(store(&r, 8 + 8 * 8) < 0, "bad value %u", i);
			all_is(8, 3, PTE_RO, "before a bad one");
			for (unsigned int k = 3; k < 8; k++)
				CHECK(l1[8 + k] == (full ? page(k, PTE_RW) : 0),
				      "entry %u behind bad %u", k, i);
			fill(&r, 8, 8, 0);
			EXPECT(store(&r, 8 + 8 * 8), 0);
		}
	free_page(0, "bad values");
	free_page(5, "bad values");
}

static void lists(void)
{
	char *two = page_alloc_n(2);
	struct run *r = (struct run *)(two + PAGE_SIZE - 8 - 4 * 8);

	CHECK(store((void *)hole_start, 16) < 0, "in the hole");
	CHECK(store((void *)(hole_start - 8), 16) < 0, "into the hole");
	CHECK(store((void *)0xfffffff8u, 16) < 0, "around the end");
	CHECK(store(two, 0xffffffff) < 0, "without end");
	/* The second page is not there: four values are. */
	r->ptr = at(&l1[0], 7);
	for (unsigned int i = 0; i < 4; i++)
		r->value[i] = page(i, PTE_RO);
	EXPECT(page_remap(two + PAGE_SIZE, 0), 0);
	CHECK(store(r, 8 + 8 * 8) < 0, "values that are not there");
	all_is(0, 4, PTE_RO, "before the missing page");
	all_is(4, 8, 0, "behind it");
	EXPECT(page_remap(two + PAGE_SIZE, PTE_RW), 0);
	fill((struct run *)two, 0, 4, 0);
	EXPECT(store(two, 8 + 4 * 8), 0);
}

/* So many runs that they are interrupted, alone and in a multicall; the last value of each tells. */
static void long_lists(void)
{
	struct vcpu_set_periodic_timer period = { .period_ns = NS_MS };
	static uint64_t list[128][1 + N];
	multicall_entry_t m[2];
	int timer = bind_virq(VIRQ_TIMER);

	port_unmask(timer);
	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &period), 0);
	events_on();
	for (unsigned int round = 0; round < 40; round++) {
		for (unsigned int i = 0; i < 128; i++) {
			list[i][0] = at(&l1[(i * 7 + round) % 490], N - 1);
			for (unsigned int k = 0; k < N; k++)
				list[i][1 + k] = page(k, PTE_RO | (uint64_t)(round % 8) << 9);
		}
		for (unsigned int k = 0; k < 2; k++)
			m[k] = (multicall_entry_t){ .op = RINGONE_HYPERCALL_RUNS,
						    .result = 0x55,
						    .args = { (unsigned long)list[64 * k],
							      sizeof(list) / 2 } };
		if (round % 2) {
			EXPECT(store(list, sizeof(list)), 0);
		} else {
			EXPECT(ringone_multicall(m, 2), 0);
			EXPECT(m[0].result | m[1].result, 0);
		}
		for (unsigned int i = 112; i < 128; i++)
			CHECK((l1[(i * 7 + round) % 490] >> 9 & 7) == round % 8, "round %u, run %u",
			      round, i);
	}
	CHECK(event_count[timer] > 0, "no timer fired");
	events_off();
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
}

void test_main(void)
{
	struct run r;

	if (!(features & RINGONE_FEATURE_RUNS))
		guest_skip("this hypervisor has no runs");
	l1 = page_alloc();
	pages = page_alloc_n(34);
	page_readonly(l1);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(l1)), 0);
	stores();
	places();
	values();
	lists();
	long_lists();
	/* What a run filled is given back with its table, which then is none any more. */
	for (unsigned int i = 0; i < 512; i += 32) {
		fill(&r, i, 32, 0);
		EXPECT(store(&r, 8 + 32 * 8), 0);
	}
	fill(&r, 64, 32, PTE_RW);
	EXPECT(store(&r, 8 + 32 * 8), 0);
	if (features & RINGONE_FEATURE_AUDIT)
		EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l1)), 0);
	for (unsigned int i = 0; i < 32; i++)
		free_page(i, "with its table");
	CHECK(store(&r, 8 + 32 * 8) < 0, "what was a table");
	page_writable(l1);
	CHECK(store(&r, 8 + 32 * 8) < 0, "what was a table, writable");
	if (features & RINGONE_FEATURE_AUDIT)
		EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0), 0);
}
