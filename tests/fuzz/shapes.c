/* SPDX-License-Identifier: MIT */
/*
 * State that random calls rarely bring about: pages full of good descriptors in use as GDT or LDT,
 * breakpoints that are armed on memory the hypervisor will touch for us, grant entries that mean
 * something. Random calls then go on from there.
 */
#include "fuzz.h"

/*
 * Where a segment of ring 1 may begin: on a machine that checks no limits (pick_code()), the
 * kernel's own stores through it must not reach the hypervisor.
 */
static uint32_t pick_base(void)
{
	return one_in(2) ? 0 : limits ? pick_va() : below(16) << 12;
}

static uint64_t gate(uint32_t to)
{
	return (uint64_t)((to & 0xffff0000) | 0x8c00 | DESC_DPL(3) << 8) << 32 |
	       FLAT_KERNEL_CS << 16 | (to & 0xffff);
}

/* A page of descriptors, most of them good, as GDT or LDT; then selectors from it. */
static void descriptors(void)
{
	uint64_t *page = play_page();
	uint32_t n = 1 + below(512);

	if (page_remap(page, PTE_RW))
		return;
	for (uint32_t i = 0; i < 512; i++) {
		uint64_t d = descriptor(pick_base(), one_in(2) ? 0xfffff : below(0x1000),
					PICK(DESC_CODE, DESC_DATA, DESC_DOWN, DESC_CONFORM) |
						DESC_P | DESC_DPL(1 + 2 * below(2)),
					PICK(0, DESC_D, DESC_G | DESC_D, DESC_G | DESC_D));

		if (one_in(8))
			d = gate(pick_code());
		if (one_in(3000))
			d = pick_descriptor();
		if (probe(page[i] = d) != NO_FAULT)
			return;
	}
	page_remap(page, PTE_RO);
	if (one_in(2)) {
		mmuext_linear(MMUEXT_SET_LDT, (unsigned long)page, n);
	} else {
		uint32_t frames[2] = { virt_to_mfn(page),
				       virt_to_mfn(one_in(2) ? page : play_page()) };

		ringone_trap_call(__HYPERVISOR_set_gdt, (uint32_t)frames, one_in(4) ? n + 512 : n,
				  0, 0, 0);
	}
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t sel = below(n + 4) * 8 | (one_in(2) ? 4 : 0) | PICK(1, 3);

		if (one_in(2))
			probe(asm volatile("mov %0, %%fs" : : "r"(sel)));
		else
			probe(asm volatile("mov %0, %%gs" : : "r"(sel)));
		if (one_in(2)) {
			uint64_t ma = virt_to_machine(&page[below(n)]), d = pick_descriptor();

			ringone_trap_call(__HYPERVISOR_update_descriptor, ma, ma >> 32, d, d >> 32,
					  0);
		}
	}
	if (one_in(2))
		probe(asm volatile("mov %0, %%fs; mov %0, %%gs" : : "r"(0)));
}

/* Armed on what handlers and hypercalls of ours touch; mend() switches them off again. */
static void breakpoints(void)
{
	uint32_t dr7 = 0x400;

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t at = PICK((uint32_t)play_page(), (uint32_t)room(64), (uint32_t)shared_info,
				   (uint32_t)trap_stack + sizeof(trap_stack) - 4 * below(16),
				   USER_STACK_TOP - 4 * below(8), USER_CODE_VA + below(16),
				   (uint32_t)ringone_hypercall_page + 32 * below(60), pick_va());

		ringone_trap_call(__HYPERVISOR_set_debugreg, i, at, 0, 0, 0);
		if (one_in(2))
			dr7 |= 1u << (2 * i + below(2)) | PICK(0x0, 0x1, 0x3, 0xd, 0xf, 0x5, 0x7)
								  << (16 + 4 * i);
	}
	ringone_trap_call(__HYPERVISOR_set_debugreg, 7, dr7, 0, 0, 0);
}

/* The grant table's frames into pages of the playground, and entries into them. */
static void grants(void)
{
	static xen_pfn_t frames[4];
	gnttab_setup_table_t setup = { .dom = DOMID_SELF, .nr_frames = 1 + below(4) };
	grant_entry_v1_t *e = play_page();

	set_xen_guest_handle(setup.frame_list, frames);
	if (ringone_grant_table_op(GNTTABOP_setup_table, &setup, 1) || setup.status)
		return;
	if (ringone_update_va_mapping((unsigned long)e,
				      (uint64_t)frames[below(setup.nr_frames)] << 12 | PTE_RW,
				      UVMF_INVLPG))
		return;
	for (uint32_t i = 0; i < 64; i++) {
		grant_entry_v1_t g = {
			.flags = one_in(8)   ? random32()
				 : one_in(6) ? GTF_accept_transfer
					     : GTF_permit_access | (below(2) ? GTF_readonly : 0),
			.domid = one_in(4) ? pick_domid() : peer,
			.frame = pick_mfn(),
		};

		if (probe(e[i] = g) != NO_FAULT)
			break;
	}
	/* Sometimes it stays mapped, for other calls to find. */
	if (one_in(2))
		page_remap(e, PTE_RW);
}

void shape_act(void)
{
	switch (below(4)) {
	case 0:
		breakpoints();
		break;
	case 1:
		grants();
		break;
	default:
		descriptors();
	}
}
