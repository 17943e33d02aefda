/* SPDX-License-Identifier: MIT */
/*
 * Question: can a domain set up its grant table, and what of grants to nobody?
 *
 * Expected: setup_table names frames that can be mapped writable and are no memory of the
 * domain's; query_size fits; version 1; entries written there stay; mapping a grant of one's own
 * works as the entry says or is refused (flags 0, read-only against writable, a reference
 * beyond the table); unmapping a handle that is none fails; too many frames are refused; another
 * domain's table is refused.
 */
#include "guest.h"
#include "mm.h"

static grant_entry_v1_t *table;
static xen_pfn_t frames[4];
static char *window;

static int map(grant_ref_t ref, uint32_t flags, uint32_t *handle)
{
	struct gnttab_map_grant_ref m = {
		.host_addr = (unsigned long)window,
		.flags = GNTMAP_host_map | flags,
		.ref = ref,
		.dom = DOMID_SELF,
	};

	if (ringone_grant_table_op(GNTTABOP_map_grant_ref, &m, 1))
		return -100;
	*handle = m.handle;
	return m.status;
}

static int unmap(uint32_t handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = (unsigned long)window, .handle = handle };

	if (ringone_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1))
		return -100;
	return u.status;
}

static int setup(unsigned int n, domid_t dom)
{
	struct gnttab_setup_table s = { .dom = dom, .nr_frames = n, .status = 99 };

	set_xen_guest_handle(s.frame_list, frames);
	if (ringone_grant_table_op(GNTTABOP_setup_table, &s, 1))
		return -100;
	return s.status;
}

static int copy(xen_pfn_t from, xen_pfn_t to, unsigned int offset, unsigned int len)
{
	struct gnttab_copy c = { .len = len, .status = 99 };

	c.source.u.gmfn = from;
	c.source.domid = DOMID_SELF;
	c.dest.u.gmfn = to;
	c.dest.domid = DOMID_SELF;
	c.dest.offset = offset;
	if (ringone_grant_table_op(GNTTABOP_copy, &c, 1))
		return -100;
	return c.status;
}

/* Copying needs a writable page to copy to, like any other store. */
static void copies(char *page)
{
	uint64_t before = l3_table[1];
	char *to = page_alloc();

	page[3] = 33;
	int st = copy(virt_to_mfn(page), virt_to_mfn(to), 0, 16);

	note("copy between two pages of one's own: %d", st);
	if (st == GNTST_okay)
		EXPECT(to[3], 33);
	CHECK(copy(virt_to_mfn(page), virt_to_mfn(l3_table), 8, 8) != GNTST_okay,
	      "over the L3 in use");
	EXPECT(l3_table[1], before);
	CHECK(copy(virt_to_mfn(page), virt_to_mfn(to), 4090, 16) != GNTST_okay,
	      "across the page's end");
	CHECK(copy(0x7fffff, virt_to_mfn(to), 0, 16) != GNTST_okay,
	      "from a frame that does not exist");
}

void test_main(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	struct gnttab_get_version gv = { .dom = DOMID_SELF };
	char *page = page_alloc();
	uint32_t handle = 0;

	window = page_alloc();
	table = page_alloc();
	EXPECT(setup(2, DOMID_SELF), GNTST_okay);
	CHECK(frames[0] && frames[1] && frames[0] != frames[1], "frames %lx %lx", frames[0],
	      frames[1]);
	EXPECT(ringone_grant_table_op(GNTTABOP_query_size, &q, 1), 0);
	EXPECT(q.status, GNTST_okay);
	CHECK(q.nr_frames >= 2 && q.max_nr_frames >= q.nr_frames, "%u of %u", q.nr_frames,
	      q.max_nr_frames);
	if (!ringone_grant_table_op(GNTTABOP_get_version, &gv, 1))
		EXPECT(gv.version, 1);
	EXPECT(ringone_update_va_mapping((unsigned long)table, (uint64_t)frames[0] << 12 | PTE_RW,
					 UVMF_INVLPG),
	       0);
	table[20] = (grant_entry_v1_t){ GTF_permit_access, 0, virt_to_mfn(page) };
	EXPECT(table[20].frame, virt_to_mfn(page));
	EXPECT(setup(2, DOMID_SELF), GNTST_okay);
	EXPECT(table[20].frame, virt_to_mfn(page));
	/* The table's own frames cannot become page tables. */
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, frames[1]) < 0, "a grant frame pinned as a page table");

	EXPECT(setup(100000, DOMID_SELF) == GNTST_okay, 0);
	EXPECT(setup(1, 1234) == GNTST_okay, 0);
	EXPECT(unmap(12345) == GNTST_okay, 0);
	EXPECT(map(21, 0, &handle) == GNTST_okay, 0);
	EXPECT(map(0x7fffffff, 0, &handle) == GNTST_okay, 0);
	/* A grant to oneself. */
	table[20].domid = DOMID_SELF;
	int st = map(20, 0, &handle);

	note("a grant to oneself: %d", st);
	copies(page);
	CHECK(ringone_grant_table_op(1000, &q, 1) < 0, "operation 1000");
}
