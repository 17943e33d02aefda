/* SPDX-License-Identifier: MIT */
/*
 * Question: can a domain give memory back and take it again, and what does it get?
 *
 * Expected: decrease_reservation frees pages that nothing maps and refuses (returns fewer than
 * asked) pages that are not the domain's; the count of pages follows; what
 * populate_physmap hands out is zeroed even if the same frames come back (Xen leaves a living
 * domain's own dirt in them, so there nothing is asked); the M2P says where it went; exchange
 * swaps a frame for a fresh one.
 */
#include "guest.h"
#include "mm.h"

#define N                  16
#define MEMOP_EXTENT_SHIFT 6 /* where a continuation keeps the extent it has come to */

static xen_pfn_t mfns[N], pfns[N], out[N];
static void *page[N];

static long reservation(unsigned int cmd, xen_pfn_t *list, unsigned int n, unsigned int order)
{
	struct xen_memory_reservation r = {
		.nr_extents = n,
		.extent_order = order,
		.domid = DOMID_SELF,
	};

	set_xen_guest_handle(r.extent_start, list);
	return ringone_memory_op(cmd, &r);
}

static long pages(void)
{
	struct xen_memory_domain d = { .domid = DOMID_SELF };

	return ringone_memory_op(XENMEM_current_reservation, &d);
}

static void give_and_take(void)
{
	long before = pages();

	note("%ld pages", before);
	for (int i = 0; i < N; i++) {
		page[i] = page_alloc();
		memset(page[i], 0x5a, PAGE_SIZE);
		mfns[i] = virt_to_mfn(page[i]);
		pfns[i] = ((unsigned long)page[i] - GUEST_VIRT_BASE) / PAGE_SIZE;
	}
	for (int i = 0; i < N; i++)
		page_forget(page[i]);
	EXPECT(reservation(XENMEM_decrease_reservation, mfns, N, 0), N);
	EXPECT(pages(), before - N);
	EXPECT(reservation(XENMEM_decrease_reservation, mfns, 1, 0), 0);
	memcpy(out, pfns, sizeof(pfns));
	EXPECT(reservation(XENMEM_populate_physmap, out, N, 0), N);
	EXPECT(pages(), before);
	for (int i = 0; i < N; i++) {
		const uint32_t *word = page[i];
		unsigned int dirty = 0;

		EXPECT(((const xen_pfn_t *)m2p_range.v_start)[out[i]], pfns[i]);
		p2m[pfns[i]] = out[i];
		page_writable(page[i]);
		for (unsigned int w = 0; w < PAGE_SIZE / 4; w++)
			dirty += word[w] != 0;
		CHECK(!dirty || !on_ringone, "page %d came with %u words of somebody's data", i,
		      dirty);
	}
}

/* Whatever giving away shared_info returns, it must not become somebody's memory. */
static void shared_stays(void)
{
	xen_pfn_t shared = start_info->shared_info / PAGE_SIZE;
	uint32_t version = vcpu->time.version;

	mfns[0] = shared;
	reservation(XENMEM_decrease_reservation, mfns, 1, 0);
	page_forget(page[1]);
	mfns[0] = p2m[pfns[1]];
	EXPECT(reservation(XENMEM_decrease_reservation, mfns, 1, 0), 1);
	out[0] = pfns[1];
	EXPECT(reservation(XENMEM_populate_physmap, out, 1, 0), 1);
	CHECK(out[0] != shared, "shared_info was handed out as memory");
	p2m[pfns[1]] = out[0];
	page_writable(page[1]);
	CHECK(vcpu->time.version >= version, "the time page was overwritten");
}

static void swap(void)
{
	struct xen_memory_exchange e = {
		.in = { .nr_extents = 1, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .domid = DOMID_SELF },
	};
	xen_pfn_t in = virt_to_mfn(page[0]), fresh = pfns[0];

	memset(page[0], 0x33, PAGE_SIZE);
	page_forget(page[0]);
	set_xen_guest_handle(e.in.extent_start, &in);
	set_xen_guest_handle(e.out.extent_start, &fresh);
	EXPECT(ringone_memory_op(XENMEM_exchange, &e), 0);
	EXPECT(e.nr_exchanged, 1);
	EXPECT(((const xen_pfn_t *)m2p_range.v_start)[fresh], pfns[0]);
	p2m[pfns[0]] = fresh;
	page_writable(page[0]);
	CHECK(*(uint32_t *)page[0] == 0 || !on_ringone, "%x", *(uint32_t *)page[0]);
}

static long exchange(xen_pfn_t in, unsigned int order, xen_ulong_t nr_exchanged)
{
	struct xen_memory_exchange e = {
		.in = { .nr_extents = 1, .extent_order = order, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .extent_order = order, .domid = DOMID_SELF },
		.nr_exchanged = nr_exchanged,
	};
	xen_pfn_t fresh = pfns[2];

	set_xen_guest_handle(e.in.extent_start, &in);
	set_xen_guest_handle(e.out.extent_start, &fresh);
	long ret = ringone_memory_op(XENMEM_exchange, &e);

	if (!ret)
		CHECK(fresh == in || e.nr_exchanged, "exchanged, and says it did not");
	return ret;
}

/* A frame given away while it is mapped stays until the mapping goes, and not a moment less. */
static void given_but_mapped(void)
{
	xen_pfn_t mine = virt_to_mfn(page[3]);

	mfns[0] = mine;
	memset(page[3], 0x77, PAGE_SIZE);
	EXPECT(reservation(XENMEM_decrease_reservation, mfns, 1, 0), 1);
	/* Xen counts each of these as a success; it loses no reference by it. */
	for (int i = 0; i < 3 && on_ringone; i++)
		EXPECT(reservation(XENMEM_decrease_reservation, mfns, 1, 0), 0);
	for (int i = 4; i < N; i++) {
		page_forget(page[i]);
		mfns[0] = p2m[pfns[i]];
		EXPECT(reservation(XENMEM_decrease_reservation, mfns, 1, 0), 1);
		out[0] = pfns[i];
		EXPECT(reservation(XENMEM_populate_physmap, out, 1, 0), 1);
		CHECK(out[0] != mine, "a frame that is still mapped was handed out");
		p2m[pfns[i]] = out[0];
		page_writable(page[i]);
		memset(page[i], 0x11, PAGE_SIZE);
	}
	EXPECT(*(volatile uint32_t *)page[3], 0x77777777);
	page_forget(page[3]);
	out[0] = pfns[3];
	EXPECT(reservation(XENMEM_populate_physmap, out, 1, 0), 1);
	p2m[pfns[3]] = out[0];
	page_writable(page[3]);
}

/*
 * 32 MiB in one extent, all of it the domain's: too long for one call, so it is refused as a
 * whole. Last, since a hypervisor that obeys takes memory from under the guest.
 */
static int ours(xen_pfn_t first)
{
	const xen_pfn_t *m2p = (const xen_pfn_t *)m2p_range.v_start;

	for (xen_pfn_t mfn = first; mfn < first + 8192; mfn++)
		if (m2p[mfn] < 5000 || m2p[mfn] >= start_info->nr_pages || p2m[m2p[mfn]] != mfn)
			return 0;
	return 1;
}

static void too_big_an_extent(void)
{
	xen_pfn_t first = 8192;

	while (first + 8192 <= m2p_range.max_mfn && !ours(first))
		first += 8192;
	CHECK(first + 8192 <= m2p_range.max_mfn, "the domain has no 32 MiB in a row");
	if (first + 8192 <= m2p_range.max_mfn)
		EXPECT(reservation(XENMEM_decrease_reservation, &first, 1, 13), 0);
}

/* Ringone's stricter answers; Xen clamps or ignores some of these. */
static void strict(void)
{
	mfns[0] = p2m[pfns[2]];
	/* A continuation beyond the last extent: it has got as far as it says. */
	EXPECT(reservation(XENMEM_decrease_reservation | 5 << MEMOP_EXTENT_SHIFT, mfns, 1, 0), 5);
	EXPECT(exchange(p2m[pfns[2]], 40, 0), -XEN_EPERM);
	CHECK(exchange(p2m[pfns[2]], 0, 5) < 0, "an exchange continued beyond its end");
	CHECK(exchange(p2m[pfns[2]], 0, 0) < 0, "a frame was exchanged while it is mapped");
	/* Read-only is mapped too, although it leaves the page without a type. */
	page_readonly(page[2]);
	CHECK(exchange(p2m[pfns[2]], 0, 0) < 0, "exchanged while it is mapped read-only");
	page_writable(page[2]);
	too_big_an_extent();
}

void test_main(void)
{
	struct xen_memory_domain d = { .domid = DOMID_SELF };
	long max = ringone_memory_op(XENMEM_maximum_reservation, &d);

	CHECK(max >= (long)start_info->nr_pages, "maximum %ld", max);
	give_and_take();
	swap();
	shared_stays();
	given_but_mapped();
	if (on_ringone)
		strict();
	/* Nobody else's, and nobody at all's. */
	mfns[0] = 0x7ffffff;
	EXPECT(reservation(XENMEM_decrease_reservation, mfns, 1, 0), 0);
	/* An order nobody has, a count nobody can. */
	pfns[0] = 0;
	CHECK(reservation(XENMEM_increase_reservation, mfns, 1, 40) <= 0, "order 40 was served");
	CHECK(reservation(XENMEM_populate_physmap, pfns, -1u, 0) <= 0,
	      "4 billion pages were served");
}
