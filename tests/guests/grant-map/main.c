/* SPDX-License-Identifier: MIT */
/*
 * Question: does a mapping by grant (GNTTABOP_map_grant_ref, GNTTABOP_unmap_grant_ref) give what was granted, no more, for as long as it is there, and
 * is exactly what it took given back, whatever either side does meanwhile?
 *
 * Because: the granter can rewrite its table while the grant is in use, and the user its page
 * tables: a hypervisor that asks either of them again at the end drops another reference than it
 * took, and a frame becomes free, or a page table, under a mapping (TRUST 22, XSA-224, 234).
 *
 * Expected: read-only stays so; the entry is marked in use while it is; a frame rewritten by the
 * granter meanwhile changes nothing; hardware, which the user may map, is not the granter's to
 * grant; an entry overwritten by the user is given back by that, and the unmap that follows only
 * ends the use; the address of another entry ends nothing; each element of a list finds its own
 * granter; a granter that dies is a zombie until the last mapping goes, and then all of its memory
 * is back.
 */
#include "second.h"
#include "grants.h"

#define VA 0x52000000ul
enum { RO = 8, RW, OTHER, NOT_FOR_YOU, SCREEN, NO_MEMORY, IN_PART, NOT_MINE, A_TABLE };
enum { STEP, ASKED, MFN_RO, MFN_RW, MFN_DOM0, ITS_ID };

/* Frames that are the hardware's: the display's memory, and where PCI's windows are, far above all RAM. */
#define SCREEN_MFN    0xb8
#define NO_MEMORY_MFN 0xfd000

static struct second s;

static void wait_for(uint32_t step)
{
	second_mail->word[STEP] = step;
	for (int i = 0; i < 200000 && second_mail->word[ASKED] != step; i++)
		ringone_sched_op(SCHEDOP_yield, NULL);
	EXPECT(second_mail->word[ASKED], step);
}

static void child(void)
{
	volatile uint32_t *ro = page_alloc(), *rw = page_alloc();
	grant_handle_t h;

	grants_setup();
	map_page(VA, virt_to_mfn(page_alloc()), PTE_RW); /* its tables */
	*ro = 0x11111111;
	*rw = 0x22222222;
	grant(RO, 0, virt_to_mfn((void *)ro), GTF_permit_access | GTF_readonly);
	grant(RW, 0, virt_to_mfn((void *)rw), GTF_permit_access);
	grant(NOT_FOR_YOU, 7, virt_to_mfn((void *)rw), GTF_permit_access);
	grant(SCREEN, 0, SCREEN_MFN, GTF_permit_access);
	grant(NO_MEMORY, 0, NO_MEMORY_MFN, GTF_permit_access);
	grant(IN_PART, 0, virt_to_mfn((void *)rw), GTF_permit_access | GTF_sub_page);
	grant(NOT_MINE, 0, second_mail->word[MFN_DOM0], GTF_permit_access);
	grant(A_TABLE, 0, virt_to_mfn(l3_table), GTF_permit_access);
	second_mail->word[MFN_RO] = virt_to_mfn((void *)ro);
	second_mail->word[MFN_RW] = virt_to_mfn((void *)rw);
	wait_for(1); /* both are mapped */
	EXPECT(grant_table[RO].flags, GTF_permit_access | GTF_readonly | GTF_reading);
	EXPECT(grant_table[RW].flags, GTF_permit_access | GTF_reading | GTF_writing);
	EXPECT(*rw, 0x33333333);
	/* In use by another domain, whatever the entry says of us by now. */
	EXPECT(grant_map_at(VA, second_mail->word[ITS_ID], RO, GNTMAP_host_map | GNTMAP_readonly,
			    &h),
	       GNTST_general_error);
	grant_table[RW].frame = virt_to_mfn((void *)ro);
	wait_for(2); /* it was mapped once more, and all is unmapped */
	EXPECT(grant_table[RO].flags, GTF_permit_access | GTF_readonly);
	EXPECT(grant_table[RW].flags, GTF_permit_access);
	grant_table[RW].frame = virt_to_mfn((void *)rw);
	wait_for(3);
}

static void step(uint32_t n)
{
	s.mail->word[ASKED] = n;
	CHECK(second_wait_word(&s, STEP, n + 1, 5000), "the granter is not at step %u", n + 1);
}

static volatile uint32_t *const at = (uint32_t *)VA;

static uint64_t entry_address(unsigned long va)
{
	uint64_t *e = l1_entry(va);

	return (uint64_t)virt_to_mfn(e) << 12 | ((unsigned long)e & 4095);
}

static void refused(void)
{
	struct gnttab_copy c = { .len = 4, .status = 99 };
	grant_handle_t h;

	CHECK(grant_map_at(VA, s.id, RO, GNTMAP_host_map, &h) != GNTST_okay, "RO, to write");
	EXPECT(grant_map_at(VA, s.id, NOT_FOR_YOU, GNTMAP_host_map, &h), GNTST_general_error);
	EXPECT(grant_map_at(VA, s.id, OTHER, GNTMAP_host_map, &h), GNTST_general_error);
	EXPECT(grant_map_at(VA, s.id, IN_PART, GNTMAP_host_map, &h), GNTST_general_error);
	EXPECT(grant_map_at(VA, s.id, 512, GNTMAP_host_map, &h), GNTST_bad_gntref);
	EXPECT(grant_map_at(VA, 77, RW, GNTMAP_host_map, &h), GNTST_bad_domain);
	EXPECT(grant_map_at(VA, DOMID_SELF, RW, GNTMAP_host_map, &h), GNTST_bad_domain);
	EXPECT(grant_map_at(VA, s.id, NOT_MINE, GNTMAP_host_map, &h), GNTST_bad_page);
	EXPECT(grant_map_at(0, s.id, NOT_MINE, GNTMAP_device_map, &h), GNTST_bad_page);
	EXPECT(grant_map_at(VA, s.id, A_TABLE, GNTMAP_host_map, &h), GNTST_general_error);
	EXPECT(grant_map_at(0, s.id, A_TABLE, GNTMAP_device_map, &h), GNTST_general_error);
	CHECK(grant_map_at(0x7f000000, s.id, RW, GNTMAP_host_map, &h) != GNTST_okay,
	      "no table there");
	CHECK(grant_map_at(0xffc00000, s.id, RW, GNTMAP_host_map, &h) != GNTST_okay, "in the hole");
	CHECK(grant_map_at((uint64_t)virt_to_mfn(l3_table) << 12, s.id, RW,
			   GNTMAP_host_map | GNTMAP_contains_pte, &h) != GNTST_okay,
	      "an entry of the L3");
	/* A back end that writes where its front end says is not to write to its own devices. */
	CHECK(grant_map_at(VA, s.id, SCREEN, GNTMAP_host_map, &h) != GNTST_okay, "hardware");
	CHECK(grant_map_at(VA, s.id, NO_MEMORY, GNTMAP_host_map, &h) != GNTST_okay, "hardware");
	CHECK(second_map((void *)VA, s.id, SCREEN_MFN, PTE_RW) < 0, "hardware in its name");
	EXPECT(second_map((void *)VA, DOMID_SELF, SCREEN_MFN, PTE_RW), 0);
	EXPECT(second_map((void *)VA, DOMID_IO, NO_MEMORY_MFN, PTE_RW), 0);
	EXPECT(ringone_update_va_mapping(VA, 0, UVMF_INVLPG), 0);
	/* What was an L1 and is none: the kind is remembered, the contents are not checked any more. */
	void *page = page_alloc();

	EXPECT(page_remap(page, PTE_RO), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(page)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(page)), 0);
	CHECK(grant_map_at((uint64_t)virt_to_mfn(page) << 12, s.id, RW,
			   GNTMAP_host_map | GNTMAP_contains_pte, &h) != GNTST_okay,
	      "an entry of what was an L1");
	EXPECT(page_remap(page, PTE_RW), 0);
	EXPECT(grant_unmap_at(VA, 0, 12345), GNTST_bad_handle);
	/* By number, only of one's own. */
	c.source.domid = s.id;
	c.source.u.gmfn = s.mail->word[MFN_RO];
	c.dest.domid = DOMID_SELF;
	c.dest.u.gmfn = virt_to_mfn(page_alloc());
	EXPECT(ringone_grant_table_op(GNTTABOP_copy, &c, 1), 0);
	EXPECT(c.status, GNTST_permission_denied);
	/* Who is meant by its own number is not asked. */
	c.source.domid = 0;
	EXPECT(ringone_grant_table_op(GNTTABOP_copy, &c, 1), 0);
	EXPECT(c.status, GNTST_permission_denied);
	c.flags = GNTCOPY_source_gref;
	c.source.domid = s.id;
	c.source.u.ref = NOT_MINE;
	EXPECT(ringone_grant_table_op(GNTTABOP_copy, &c, 1), 0);
	EXPECT(c.status, GNTST_bad_page);
	c.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref;
	c.source.u.ref = RO;
	c.dest.domid = s.id;
	c.dest.u.ref = A_TABLE;
	EXPECT(ringone_grant_table_op(GNTTABOP_copy, &c, 1), 0);
	EXPECT(c.status, GNTST_general_error);
	c.dest.u.ref = RO;
	EXPECT(ringone_grant_table_op(GNTTABOP_copy, &c, 1), 0);
	EXPECT(c.status, GNTST_general_error);
}

static void maps(void)
{
	grant_handle_t ro, rw, again;
	uint64_t pte;

	EXPECT(grant_map_at(VA, s.id, RO, GNTMAP_host_map | GNTMAP_readonly, &ro), GNTST_okay);
	EXPECT(at[0], 0x11111111);
	EXPECT(probe(at[0] = 1), PF);
	pte = *l1_entry(VA);
	EXPECT(ringone_update_va_mapping(VA, pte | PTE_RW, UVMF_INVLPG), -XEN_EBUSY);
	EXPECT(grant_map_at(entry_address(VA + 4096), s.id, RW,
			    GNTMAP_host_map | GNTMAP_contains_pte, &rw),
	       GNTST_okay);
	EXPECT(at[1024], 0x22222222);
	at[1024] = 0x33333333;
	step(1);
	/* The entry names another frame by now; what is in use stays what it was. */
	EXPECT(grant_map_at(VA + 8192, s.id, RW, GNTMAP_host_map, &again), GNTST_okay);
	EXPECT(at[2048], 0x33333333);
	EXPECT(grant_unmap_at(VA + 4096, 0, again), GNTST_general_error);
	EXPECT(at[2048], 0x33333333);
	EXPECT(grant_unmap_at(VA + 8192, 0, again), GNTST_okay);
	EXPECT(probe(at[2048]), PF);
	EXPECT(grant_unmap_at(VA + 8192, 0, again), GNTST_bad_handle);
	EXPECT(at[1024], 0x33333333);
	/* Let go of one by hand, and make the other one read-only, before the unmap. */
	EXPECT(ringone_update_va_mapping(VA, 0, UVMF_INVLPG), 0);
	EXPECT(grant_unmap_at(VA, 0, ro), GNTST_okay);
	EXPECT(ringone_update_va_mapping(VA + 4096, *l1_entry(VA + 4096) & ~(uint64_t)PTE_RW,
					 UVMF_INVLPG),
	       0);
	EXPECT(grant_unmap_at(VA + 4096, 0, rw), GNTST_okay);
	step(2);
}

/* A list names its granters element by element. */
static void two_granters(void)
{
	static struct gnttab_map_grant_ref m[3];
	static struct gnttab_copy c[3];
	volatile uint32_t *own = page_alloc(), *to = page_alloc();

	own[0] = 0x55555555;
	grant(5, 0, virt_to_mfn((void *)own), GTF_permit_access);
	for (int i = 0; i < 3; i++) {
		m[i] = (struct gnttab_map_grant_ref){ .host_addr = VA + i * 4096,
						      .flags = GNTMAP_host_map,
						      .ref = i == 1 ? 5 : RW,
						      .dom = i == 1 ? 0 : s.id };
		c[i] = (struct gnttab_copy){ .source.u.ref = m[i].ref,
					     .source.domid = m[i].dom,
					     .dest.u.gmfn = virt_to_mfn((void *)to),
					     .dest.domid = DOMID_SELF,
					     .dest.offset = i * 4,
					     .len = 4,
					     .flags = GNTCOPY_source_gref };
	}
	EXPECT(ringone_grant_table_op(GNTTABOP_map_grant_ref, m, 3), 0);
	EXPECT(ringone_grant_table_op(GNTTABOP_copy, c, 3), 0);
	for (int i = 0; i < 3; i++) {
		EXPECT(m[i].status, GNTST_okay);
		EXPECT(c[i].status, GNTST_okay);
		EXPECT(at[i * 1024], i == 1 ? 0x55555555 : 0x33333333);
		EXPECT(to[i], i == 1 ? 0x55555555 : 0x33333333);
	}
	/* A page of one's own in the place of a mapping is none of the unmap's business. */
	EXPECT(ringone_update_va_mapping(VA, (uint64_t)virt_to_mfn((void *)to) << 12 | PTE_RW,
					 UVMF_INVLPG),
	       0);
	for (int i = 0; i < 3; i++)
		EXPECT(grant_unmap_at(VA + i * 4096, 0, m[i].handle), GNTST_okay);
	EXPECT(probe(at[0]), NO_FAULT);
	EXPECT(at[1], 0x55555555);
	EXPECT(probe(at[1024]), PF);
	EXPECT(ringone_update_va_mapping(VA, 0, UVMF_INVLPG), 0);
}

static void replaces(void)
{
	volatile uint32_t *own = page_alloc();
	struct gnttab_unmap_and_replace r = { .host_addr = VA, .new_addr = (unsigned long)own };

	own[0] = 0x44444444;
	EXPECT(grant_map_at(VA, s.id, RW, GNTMAP_host_map, &r.handle), GNTST_okay);
	EXPECT(ringone_grant_table_op(GNTTABOP_unmap_and_replace, &r, 1), 0);
	EXPECT(r.status, GNTST_okay);
	EXPECT(at[0], 0x44444444);
	EXPECT(probe(own[0]), PF);
	EXPECT(ringone_update_va_mapping((unsigned long)own, *l1_entry(VA), UVMF_INVLPG), 0);
	EXPECT(ringone_update_va_mapping(VA, 0, UVMF_INVLPG), 0);
}

/* Of two mappings of one grant neither takes the other's place: it would be known to no handle. */
static void one_over_the_other(void)
{
	struct gnttab_unmap_and_replace r = { .host_addr = VA, .new_addr = VA + 4096 };
	grant_handle_t second;

	EXPECT(grant_map_at(VA, s.id, RW, GNTMAP_host_map, &r.handle), GNTST_okay);
	EXPECT(grant_map_at(VA + 4096, s.id, RW, GNTMAP_host_map, &second), GNTST_okay);
	EXPECT(ringone_grant_table_op(GNTTABOP_unmap_and_replace, &r, 1), 0);
	CHECK(r.status != GNTST_okay, "a mapping was moved over another one");
	EXPECT(grant_unmap_at(VA + 4096, 0, second), GNTST_okay);
	EXPECT(grant_unmap_at(VA, 0, r.handle), GNTST_okay);
	EXPECT(probe(at[0]), PF);
	EXPECT(probe(at[1024]), PF);
}

static void swaps(void)
{
	struct gnttab_swap_grant_ref w = { .ref_a = 1, .ref_b = 2 };
	grant_handle_t h;

	grants_setup();
	grant(1, 0, virt_to_mfn((void *)page_alloc()), GTF_permit_access);
	grant(2, 5, 0x1234, GTF_permit_access | GTF_readonly);
	EXPECT(ringone_grant_table_op(GNTTABOP_swap_grant_ref, &w, 1), 0);
	EXPECT(w.status, GNTST_okay);
	EXPECT(grant_table[1].frame, 0x1234);
	EXPECT(grant_map_at(VA, 0, 2, GNTMAP_host_map, &h), GNTST_okay);
	EXPECT(ringone_grant_table_op(GNTTABOP_swap_grant_ref, &w, 1), 0);
	CHECK(w.status != GNTST_okay, "an entry in use was moved");
	EXPECT(grant_unmap_at(VA, 0, h), GNTST_okay);
}

/* Who reads already asks anew to write: the entry may not let it, and is marked when it does. */
static void first_to_read(void)
{
	grant_handle_t reads, writes;

	grant(4, 0, virt_to_mfn((void *)page_alloc()), GTF_permit_access);
	EXPECT(grant_map_at(VA, 0, 4, GNTMAP_host_map | GNTMAP_readonly, &reads), GNTST_okay);
	EXPECT(grant_table[4].flags, GTF_permit_access | GTF_reading);
	EXPECT(grant_map_at(VA + 4096, 0, 4, GNTMAP_host_map, &writes), GNTST_okay);
	EXPECT(grant_table[4].flags, GTF_permit_access | GTF_reading | GTF_writing);
	EXPECT(grant_unmap_at(VA + 4096, 0, writes), GNTST_okay);
	EXPECT(grant_table[4].flags, GTF_permit_access | GTF_reading);
	EXPECT(grant_unmap_at(VA, 0, reads), GNTST_okay);
	EXPECT(grant_table[4].flags, GTF_permit_access);

	grant_table[4].flags = GTF_permit_access | GTF_readonly;
	EXPECT(grant_map_at(VA, 0, 4, GNTMAP_host_map | GNTMAP_readonly, &reads), GNTST_okay);
	CHECK(grant_map_at(VA + 4096, 0, 4, GNTMAP_host_map, &writes) != GNTST_okay,
	      "a read-only grant, to write, behind one who reads");
	EXPECT(grant_unmap_at(VA, 0, reads), GNTST_okay);
}

/* Between its end and the flush a handle is gone already, also for the same list. */
static void twice(void)
{
	struct gnttab_unmap_grant_ref u[2];
	grant_handle_t h;

	grant(4, 0, virt_to_mfn((void *)page_alloc()), GTF_permit_access);
	EXPECT(grant_map_at(VA, 0, 4, GNTMAP_host_map, &h), GNTST_okay);
	for (int i = 0; i < 2; i++)
		u[i] = (struct gnttab_unmap_grant_ref){ .host_addr = VA, .handle = h };
	EXPECT(ringone_grant_table_op(GNTTABOP_unmap_grant_ref, u, 2), 0);
	EXPECT(u[0].status, GNTST_okay);
	EXPECT(u[1].status, GNTST_bad_handle);
	EXPECT(grant_table[4].flags, GTF_permit_access);
}

/* An answer that cannot be written: nobody has the handle, so nothing is mapped. */
static void untold(void)
{
	struct gnttab_map_grant_ref *m = page_alloc();

	*m = (struct gnttab_map_grant_ref){
		.host_addr = VA, .flags = GNTMAP_host_map, .ref = 3, .dom = 0
	};
	grant(3, 0, virt_to_mfn((void *)page_alloc()), GTF_permit_access);
	map_page((unsigned long)m, virt_to_mfn(m), PTE_RO);
	EXPECT(ringone_grant_table_op(GNTTABOP_map_grant_ref, m, 1), -XEN_EFAULT);
	EXPECT(grant_table[3].flags, GTF_permit_access);
	CHECK(!(*l1_entry(VA) & PTE_P), "it is mapped");
}

void test_main(void)
{
	grant_handle_t h, device;
	uint64_t before;

	second_need();
	second_make(&s, child);
	second_destroy(&s);
	map_page(VA, virt_to_mfn(page_alloc()), PTE_RW); /* its tables */
	EXPECT(ringone_update_va_mapping(VA, 0, UVMF_INVLPG), 0);
	swaps();
	first_to_read();
	twice();
	untold();
	before = second_free_pages();

	second_make(&s, child);
	s.mail->word[MFN_DOM0] = virt_to_mfn(page_alloc());
	s.mail->word[ITS_ID] = s.id;
	second_unpause(&s);
	CHECK(second_wait_word(&s, STEP, 1, 5000), "the granter did not start");
	refused();
	maps();
	two_granters();
	replaces();
	one_over_the_other();
	s.mail->word[ASKED] = 3;
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff); /* its own checks passed */
	/* It dies while we map two of its pages, one for a device only. */
	EXPECT(grant_map_at(VA, s.id, RW, GNTMAP_host_map, &h), GNTST_okay);
	EXPECT(grant_map_at(0, s.id, RO, GNTMAP_device_map | GNTMAP_readonly, &device), GNTST_okay);
	xen_pfn_t its_frame = s.mail->word[MFN_RO];

	second_destroy(&s);
	CHECK(!second_gone(s.id), "gone, with pages that are mapped");
	EXPECT(at[0], 0x33333333);
	EXPECT(grant_unmap_at(VA, 0, h), GNTST_okay);
	CHECK(!second_gone(s.id), "gone, with a page that a device may reach");
	EXPECT(grant_unmap_at(0, 1, device), GNTST_bad_dev_addr);
	EXPECT(grant_unmap_at(0, (uint64_t)its_frame << 12, device), GNTST_okay);
	CHECK(second_gone(s.id), "still there, with nothing mapped");
	CHECK(second_free_pages() == before, "%lld pages are lost",
	      (long long)(before - second_free_pages()));
	EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 1, 0, 0, 0, 0), 0);
}
