/* SPDX-License-Identifier: MIT */
/*
 * Question: does the log of what a domain may have written to miss nothing, and does it not tell of
 * everything?
 *
 * Because: a live copy sends again what the log tells of. A frame that it misses is an old one in the
 * copy for ever, and nobody notices before the copy's kernel reads it.
 *
 * Expected: frames that are writable for somebody, tables, frames that were so for a moment between two
 * looks, and new ones are told of; frames that are mapped read-only or not at all since the last look
 * are not. A look that does not begin anew tells the same twice.
 */
#include "second.h"
#include "event.h"

#define PAGES 5

enum { UNMAPPED, READ_ONLY, WRITABLE, FOR_A_MOMENT, RENAMED };

static struct second s;
static uint8_t bits[8192];
static uint32_t pages_of_bits;

/* ---- the second's side ---- */

static char *page[PAGES];

static void step(unsigned int n)
{
	second_mail->word[1] = n;
	while (second_mail->word[2] != n)
		ringone_sched_op(SCHEDOP_yield, NULL);
}

static void lives(void)
{
	xen_pfn_t mfn[PAGES], spare;
	mmu_update_t u;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	for (unsigned int i = 0; i < PAGES; i++) {
		page[i] = page_alloc();
		mfn[i] = virt_to_mfn(page[i]);
		second_mail->word[10 + i] = ((unsigned long)page[i] - GUEST_VIRT_BASE) / PAGE_SIZE;
	}
	char *given = page_alloc();

	second_mail->word[10 + PAGES] = ((unsigned long)given - GUEST_VIRT_BASE) / PAGE_SIZE;
	second_mail->word[11 + PAGES] =
		((unsigned long)l1_entry((unsigned long)page[0]) - GUEST_VIRT_BASE) / PAGE_SIZE;
	spare = virt_to_mfn(given);
	map_page((unsigned long)given, 0, 0);
	map_page((unsigned long)page[UNMAPPED], 0, 0);
	map_page((unsigned long)page[READ_ONLY], mfn[READ_ONLY], PTE_RO);
	map_page((unsigned long)page[FOR_A_MOMENT], 0, 0);
	map_page((unsigned long)page[RENAMED], 0, 0);
	step(1);
	step(2);
	map_page((unsigned long)page[FOR_A_MOMENT], mfn[FOR_A_MOMENT], PTE_RW);
	page[FOR_A_MOMENT][0] = 1;
	map_page((unsigned long)page[FOR_A_MOMENT], 0, 0);
	u.ptr = (uint64_t)mfn[RENAMED] << 12 | MMU_MACHPHYS_UPDATE;
	u.val = second_mail->word[10 + RENAMED];
	EXPECT(ringone_mmu_update(&u, 1, NULL, DOMID_SELF), 0);
	set_xen_guest_handle(r.extent_start, &spare);
	EXPECT(ringone_memory_op(XENMEM_decrease_reservation, &r), 1);
	step(3);
}

/* ---- the tools' side ---- */

static long shadow(uint32_t what, uint32_t pages, uint32_t *found)
{
	struct xen_domctl op = { 0 };
	long rc;

	op.u.shadow_op.op = what;
	op.u.shadow_op.pages = pages;
	set_xen_guest_handle(op.u.shadow_op.dirty_bitmap, bits);
	rc = second_domctl(&op, XEN_DOMCTL_shadow_op, s.id);
	*found = op.u.shadow_op.stats.dirty_count;
	return rc;
}

static void look(uint32_t what)
{
	uint32_t found, counted = 0;

	memset(bits, 0, sizeof(bits));
	EXPECT(shadow(what, pages_of_bits, &found), 0);
	for (unsigned int i = 0; i < sizeof(bits); i++)
		counted += __builtin_popcount(bits[i]);
	EXPECT(found, counted);
}

static unsigned int told(unsigned int which)
{
	unsigned int pfn = s.mail->word[10 + which];

	return bits[pfn / 8] >> pfn % 8 & 1;
}

static void reached(unsigned int n)
{
	CHECK(second_wait_word(&s, 1, n, 5000), "the second does not come to step %u", n);
}

static void refused(void)
{
	struct xen_domctl op = { 0 };
	uint32_t found;

	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_PEEK, 64, &found), -XEN_EINVAL);
	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_OFF, 0, &found), 0);
	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_TEST, 0, &found), -XEN_EOPNOTSUPP);
	op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_ENABLE;
	EXPECT(second_domctl(&op, XEN_DOMCTL_shadow_op, s.id), -XEN_EOPNOTSUPP);
	EXPECT(second_domctl(&op, XEN_DOMCTL_shadow_op, 0), -XEN_EINVAL); /* itself */
	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0, &found), 0);
	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0, &found), -XEN_EINVAL);
	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_PEEK, 0x180001, &found), -XEN_EINVAL);
	op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_PEEK;
	op.u.shadow_op.pages = 64;
	EXPECT(second_domctl(&op, XEN_DOMCTL_shadow_op, s.id), -XEN_EFAULT);
	op.u.shadow_op.pages = 1ull << 32;
	EXPECT(second_domctl(&op, XEN_DOMCTL_shadow_op, s.id), -XEN_EINVAL);
}

void test_main(void)
{
	struct xen_memory_reservation r = { .nr_extents = 1 };
	xen_pfn_t pfn;
	uint32_t found;

	second_need();
	second_make(&s, lives);
	refused();
	pages_of_bits = s.nr_pages;
	r.domid = s.id;
	second_unpause(&s);
	reached(1);
	look(XEN_DOMCTL_SHADOW_OP_CLEAN); /* all were writable since the log is on */
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK(told(i), "page %u was writable, and is not told of", i);
	s.mail->word[2] = 1;
	reached(2);
	look(XEN_DOMCTL_SHADOW_OP_CLEAN);
	EXPECT(told(UNMAPPED), 0);
	EXPECT(told(READ_ONLY), 0);
	EXPECT(told(FOR_A_MOMENT), 0);
	EXPECT(told(RENAMED), 0);
	EXPECT(told(WRITABLE), 1);
	EXPECT(told(PAGES), 0);
	EXPECT(told(PAGES + 1), 1); /* its L1 */
	s.mail->word[2] = 2;
	reached(3);
	for (unsigned int i = 0; i < 3; i++) {
		look(i < 2 ? XEN_DOMCTL_SHADOW_OP_PEEK : XEN_DOMCTL_SHADOW_OP_CLEAN);
		EXPECT(told(UNMAPPED), 0);
		EXPECT(told(FOR_A_MOMENT), 1);
		EXPECT(told(RENAMED), 1); /* perhaps another frame by that number */
		EXPECT(told(PAGES), 0);   /* there is none by that number any more */
	}
	look(XEN_DOMCTL_SHADOW_OP_CLEAN);
	EXPECT(told(FOR_A_MOMENT), 0);
	/* A new one, with nothing in between. */
	pfn = s.mail->word[10 + PAGES];
	set_xen_guest_handle(r.extent_start, &pfn);
	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_CLEAN, pages_of_bits, &found), 0);
	EXPECT(ringone_memory_op(XENMEM_populate_physmap, &r), 1);
	look(XEN_DOMCTL_SHADOW_OP_PEEK);
	EXPECT(told(PAGES), 1);
	s.mail->word[2] = 3;
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_OFF, 0, &found), 0);
	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_CLEAN, 64, &found), -XEN_EINVAL);
	EXPECT(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0, &found), 0);
	second_destroy(&s);
}
