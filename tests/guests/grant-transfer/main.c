/* SPDX-License-Identifier: MIT */
/*
 * Question: does a page change its owner by transfer, with what is in it, only to who accepts it,
 * and only when its old owner has let go of it?
 *
 * Because: a frame that still has a mapping, or a type, of its old owner's is written by two
 * domains or is a page table that one of them can write (TRUST 1, 7, XSA-214, 287).
 *
 * Expected: a page that is mapped, pinned or somebody else's is not transferred, nor into an entry
 * that accepts nothing or somebody else's; one that is free goes, contents and all, once; the
 * receiver can map and write it, the sender cannot any more.
 */
#include "second.h"
#include "grants.h"

#define VA 0x52000000ul
enum { SLOT = 8, FOR_OTHERS, NOT_ACCEPTING };
enum { STEP, ASKED, FRAME };

static struct second s;

static void child(void)
{
	volatile uint32_t *got = (uint32_t *)VA;

	grants_setup();
	grant(SLOT, 0, 0, GTF_accept_transfer);
	grant(FOR_OTHERS, 7, 0, GTF_accept_transfer);
	grant(NOT_ACCEPTING, 0, virt_to_mfn(page_alloc()), GTF_permit_access);
	second_mail->word[STEP] = 1;
	for (int i = 0; i < 200000 && !second_mail->word[ASKED]; i++)
		ringone_sched_op(SCHEDOP_yield, NULL);
	EXPECT(grant_table[SLOT].flags,
	       GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed);
	EXPECT(grant_table[SLOT].frame, second_mail->word[FRAME]);
	map_page(VA, grant_table[SLOT].frame, PTE_RW);
	EXPECT(got[5], 0x55555555);
	got[5] = 6;
}

static int transfer(xen_pfn_t mfn, grant_ref_t ref)
{
	struct gnttab_transfer t = { .mfn = mfn, .domid = s.id, .ref = ref, .status = 99 };

	EXPECT(ringone_grant_table_op(GNTTABOP_transfer, &t, 1), 0);
	return t.status;
}

void test_main(void)
{
	volatile uint32_t *page = page_alloc();
	xen_pfn_t mfn = virt_to_mfn((void *)page);
	struct xen_domctl op = { 0 };

	second_need();
	page[5] = 0x55555555;
	second_make(&s, child);
	/* Room for one more page than it was made with. */
	op.u.max_mem.max_memkb = (s.nr_pages + 64) * 4;
	EXPECT(second_domctl(&op, XEN_DOMCTL_max_mem, s.id), 0);
	second_unpause(&s);
	CHECK(second_wait_word(&s, STEP, 1, 5000), "the receiver did not start");
	EXPECT(transfer(mfn, SLOT), GNTST_bad_page); /* it is mapped */
	EXPECT(transfer(virt_to_mfn(l3_table), SLOT), GNTST_bad_page);
	EXPECT(transfer(0, SLOT), GNTST_bad_page);
	EXPECT(transfer(0xffffffff, SLOT), GNTST_bad_page);
	EXPECT(ringone_update_va_mapping((unsigned long)page, 0, UVMF_NONE), 0);
	EXPECT(transfer(mfn, FOR_OTHERS), GNTST_general_error);
	EXPECT(transfer(mfn, NOT_ACCEPTING), GNTST_general_error);
	EXPECT(transfer(mfn, 512), GNTST_general_error);
	EXPECT(transfer(mfn, SLOT), GNTST_okay);
	EXPECT(probe(page[5]), PF); /* also through a translation that was never flushed */
	EXPECT(transfer(mfn, SLOT), GNTST_general_error);
	EXPECT(ringone_update_va_mapping((unsigned long)page, (uint64_t)mfn << 12 | PTE_RW, 0),
	       -XEN_EBUSY);
	s.mail->word[FRAME] = mfn;
	s.mail->word[ASKED] = 1;
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
	CHECK(second_gone(s.id), "it is still there");
	EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 1, 0, 0, 0, 0), 0);
}
