/* SPDX-License-Identifier: MIT */
/*
 * Question: does every mmuext_op a PV guest may use work, and does an unknown one fail?
 *
 * Expected: flushes of all kinds return 0; FLUSH_CACHE is for those with devices (0 or -EPERM,
 * no harm); CLEAR_PAGE and COPY_PAGE act on free pages and refuse page tables; x86-64's
 * NEW_USER_BASEPTR and the superpage marks are refused; a batch stops at its first bad element
 * with the count of those done.
 */
#include "guest.h"
#include "mm.h"

static void flushes(void)
{
	static uint32_t mask[2] = { 1 };
	mmuext_op_t op = { .cmd = MMUEXT_TLB_FLUSH_MULTI };

	EXPECT(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	EXPECT(mmuext(MMUEXT_TLB_FLUSH_ALL, 0), 0);
	EXPECT(mmuext_linear(MMUEXT_INVLPG_LOCAL, 0xc0000000, 0), 0);
	EXPECT(mmuext_linear(MMUEXT_INVLPG_ALL, 0xc0000000, 0), 0);
	/* Addresses that are not the guest's must do no harm. */
	EXPECT(mmuext_linear(MMUEXT_INVLPG_LOCAL, 0xfffff000, 0), 0);
	EXPECT(mmuext_linear(MMUEXT_INVLPG_ALL, 0xfffff000, 0), 0);
	set_xen_guest_handle(op.arg2.vcpumask, (const void *)mask);
	EXPECT(ringone_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
	op.cmd = MMUEXT_INVLPG_MULTI;
	op.arg1.linear_addr = 0xc0000000;
	EXPECT(ringone_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
	set_xen_guest_handle(op.arg2.vcpumask, (const void *)0x1000);
	CHECK(ringone_mmuext_op(&op, 1, NULL, DOMID_SELF) < 0, "a mask nobody can read");
	note("FLUSH_CACHE %ld, GLOBAL %ld", mmuext(MMUEXT_FLUSH_CACHE, 0),
	     mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0));
}

static void pages(void)
{
	uint32_t *a = page_alloc(), *b = page_alloc();
	mmuext_op_t copy = {
		.cmd = MMUEXT_COPY_PAGE,
		.arg1.mfn = virt_to_mfn(b),
		.arg2.src_mfn = virt_to_mfn(a),
	};

	a[9] = 99;
	EXPECT(ringone_mmuext_op(&copy, 1, NULL, DOMID_SELF), 0);
	EXPECT(b[9], 99);
	EXPECT(mmuext(MMUEXT_CLEAR_PAGE, virt_to_mfn(b)), 0);
	EXPECT(b[9], 0);
	CHECK(mmuext(MMUEXT_CLEAR_PAGE, virt_to_mfn(l3_table)) < 0, "cleared the L3 in use");
	copy.arg1.mfn = virt_to_mfn(l3_table);
	CHECK(ringone_mmuext_op(&copy, 1, NULL, DOMID_SELF) < 0, "copied over the L3 in use");
	CHECK(mmuext(MMUEXT_CLEAR_PAGE, 0x7fffff) < 0, "a frame that does not exist");
	CHECK(l3_table[3] & PTE_P, "the L3 in use is gone");
}

void test_main(void)
{
	mmuext_op_t batch[3] = {
		{ .cmd = MMUEXT_TLB_FLUSH_LOCAL },
		{ .cmd = 999 },
		{ .cmd = MMUEXT_TLB_FLUSH_LOCAL },
	};
	unsigned int done = 77;

	flushes();
	pages();
	CHECK(mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(l3_table)) < 0, "x86-64 only");
	EXPECT(mmuext(MMUEXT_PIN_L4_TABLE, virt_to_mfn(page_alloc())), 0); /* passed over */
	CHECK(mmuext(MMUEXT_MARK_SUPER, 0) < 0, "superpages");
	CHECK(mmuext(MMUEXT_UNMARK_SUPER, 0) < 0, "superpages");
	CHECK(mmuext(14, 0) < 0, "a number without a name");
	CHECK(ringone_mmuext_op(batch, 3, &done, DOMID_SELF) < 0, "a bad element passed");
	EXPECT(done, 1);
	EXPECT(ringone_mmuext_op(batch, 1, &done, DOMID_SELF), 0);
	EXPECT(done, 1);
}
