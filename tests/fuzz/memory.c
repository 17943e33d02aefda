/* SPDX-License-Identifier: MIT */
/* Calls about memory: page tables, pins, frames. */
#include "fuzz.h"

static uint32_t count_of(uint32_t real)
{
	return one_in(30) ? pick_number() : real;
}

static void make_mmu_update(struct call *c)
{
	uint32_t n = one_in(20) ? 1 + below(80) : 1 + below(4);
	mmu_update_t *u = room(n * sizeof(*u));

	for (uint32_t i = 0; i < n; i++) {
		u[i].ptr = (pick_slot() & ~3ull) | PICK(0, 0, 0, 0, 2, 2, 3);
		u[i].val = pick_entry();
		if (one_in(12)) {
			u[i].ptr = (uint64_t)pick_mfn() << 12 | MMU_MACHPHYS_UPDATE;
			u[i].val = pick_number();
		}
	}
	*c = (struct call){ __HYPERVISOR_mmu_update,
			    { bent(u), count_of(n), one_in(2) ? 0 : bent(room(4)),
			      pick_owners() } };
}

static void make_mmuext_op(struct call *c)
{
	uint32_t n = one_in(20) ? 1 + below(20) : 1 + below(3);
	mmuext_op_t *op = room(n * sizeof(*op));

	for (uint32_t i = 0; i < n; i++) {
		op[i].cmd = PICK(MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE,
				 MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE, MMUEXT_UNPIN_TABLE,
				 MMUEXT_UNPIN_TABLE, MMUEXT_UNPIN_TABLE, MMUEXT_CLEAR_PAGE,
				 MMUEXT_COPY_PAGE, MMUEXT_SET_LDT, MMUEXT_NEW_BASEPTR, below(24));
		if (op[i].cmd == MMUEXT_SET_LDT) {
			op[i].arg1.linear_addr = one_in(2) ? (uint32_t)play_page()
							   : pick_va() & ~0xfffu;
			op[i].arg2.nr_ents = one_in(2) ? below(8192) : pick_number();
		} else if (op[i].cmd >= MMUEXT_TLB_FLUSH_LOCAL && op[i].cmd <= MMUEXT_INVLPG_ALL) {
			op[i].arg1.linear_addr = pick_va();
			op[i].arg2.nr_ents = pick_va();
		} else {
			op[i].arg1.mfn = pick_mfn();
			op[i].arg2.src_mfn = pick_mfn();
		}
		/* A table that does not hold the kernel is the end, so it is rare. */
		if (op[i].cmd == MMUEXT_NEW_BASEPTR && !reckless)
			op[i].arg1.mfn = virt_to_mfn(one_in(2) ? spare.l3 : l3_table);
		if (op[i].cmd == MMUEXT_UNPIN_TABLE && !reckless &&
		    op[i].arg1.mfn == virt_to_mfn(l3_table))
			op[i].arg1.mfn = pick_number();
	}
	*c = (struct call){ __HYPERVISOR_mmuext_op,
			    { bent(op), count_of(n), one_in(2) ? 0 : bent(room(4)),
			      pick_domid() } };
}

static void make_va_mapping(struct call *c)
{
	uint32_t va = one_in(5) ? pick_va() : (uint32_t)play_page();
	uint64_t entry = one_in(4) ? pick_entry()
				   : (uint64_t)virt_to_mfn(play_page()) << 12 | pick_flags();
	uint32_t flags = one_in(6) ? random32()
				   : PICK(0, UVMF_INVLPG, UVMF_TLB_FLUSH, UVMF_INVLPG | UVMF_ALL);

	*c = (struct call){ __HYPERVISOR_update_va_mapping, { va, entry, entry >> 32, flags } };
	if (one_in(4)) {
		c->nr = __HYPERVISOR_update_va_mapping_otherdomain;
		c->a[4] = pick_domid();
	}
}

static void fill_reservation(struct xen_memory_reservation *r, uint32_t n, uint32_t order,
			     int frames)
{
	xen_pfn_t *list = room(n * sizeof(*list));

	for (uint32_t i = 0; i < n; i++) {
		void *page = play_page();

		list[i] = one_in(8) ? pick_mfn()
			  : frames  ? virt_to_mfn(page)
				    : ((unsigned long)page - GUEST_VIRT_BASE) / PAGE_SIZE;
	}
	memset(r, 0, sizeof(*r));
	r->extent_start.p = (void *)bent(list);
	r->nr_extents = count_of(n);
	r->extent_order = order;
	r->mem_flags = one_in(3) ? PICK(32, 24, 20, 0x10000, 12, random32()) : 0;
	r->domid = one_in(5) ? pick_domid() : DOMID_SELF;
}

static void make_memory_op(struct call *c)
{
	uint32_t cmd = PICK(XENMEM_increase_reservation, XENMEM_decrease_reservation,
			    XENMEM_populate_physmap, XENMEM_exchange, XENMEM_exchange,
			    XENMEM_machphys_mfn_list, below(30));
	uint32_t n = 1 + below(4), order = one_in(4) ? pick_number() : below(3);
	void *arg = room(128);

	if (cmd == XENMEM_exchange) {
		struct xen_memory_exchange *x = arg;
		uint32_t out = one_in(3) ? below(3) : order;

		fill_reservation(&x->in, n << (out < 4 ? out : 0), order, 1);
		fill_reservation(&x->out, n << (order < 4 ? order : 0), out, 0);
		x->nr_exchanged = one_in(8) ? pick_number() : 0;
	} else if (cmd == XENMEM_machphys_mfn_list) {
		struct xen_machphys_mfn_list *l = arg;

		l->max_extents = pick_number();
		l->extent_start.p = (void *)bent(room(256));
	} else if (cmd <= XENMEM_populate_physmap) {
		fill_reservation(arg, n, order, cmd == XENMEM_decrease_reservation);
	} else if (cmd == XENMEM_memory_map || cmd == XENMEM_machine_memory_map) {
		struct xen_memory_map *m = arg;

		m->nr_entries = pick_number();
		m->buffer.p = (void *)bent(room(512));
	} else if (cmd == XENMEM_set_memory_map) {
		struct xen_foreign_memory_map *m = arg;

		m->domid = pick_domid();
		m->map.nr_entries = one_in(3) ? pick_number() : 1 + below(4);
		m->map.buffer.p = (void *)bent(room(512));
	} else if (cmd == XENMEM_current_reservation || cmd == XENMEM_maximum_reservation ||
		   cmd == XENMEM_maximum_gpfn || cmd == XENMEM_acquire_resource) {
		*(domid_t *)arg = pick_domid();
	}
	/* A continuation's state stands in the upper bits of the command. */
	if (one_in(16))
		cmd |= pick_number() << 6;
	*c = (struct call){ __HYPERVISOR_memory_op, { cmd, bent(arg) } };
}

/*
 * A page of entries that could be a table of some level, read-only, and an attempt to pin it.
 * Without such a page most requests about tables end at the first check.
 */
void play_make_table(void)
{
	uint64_t *page = play_page();
	unsigned int level = 1 + below(3), n = level == 3 ? 4 : PICK(1, 4, 16, 512);

	if (page_remap(page, PTE_RW))
		return; /* a table, or in use by one */
	if (one_in(2) && probe(memset(page, 0, PAGE_SIZE)) != NO_FAULT)
		return;
	for (unsigned int i = 0; i < n; i++) {
		uint64_t flags = level == 1   ? pick_flags() & ~PTE_W
				 : level == 2 ? TABLE_FLAGS
					      : L3_FLAGS;
		uint64_t entry = (uint64_t)virt_to_mfn(play_page()) << 12 | flags;

		if (level == 2 && one_in(4))
			entry &= ~PTE_W; /* linear, perhaps to itself */
		if (level == 3 && i == 3)
			entry = one_in(8) ? entry : spare.l3[3];
		if (probe(page[i] = entry) != NO_FAULT)
			return;
	}
	page_remap(page, PTE_RO);
	mmuext(MMUEXT_PIN_L1_TABLE + level - 1, virt_to_mfn(page));
}

void make_memory_call(struct call *c)
{
	switch (below(16)) {
	case 0 ... 4:
		make_mmu_update(c);
		break;
	case 5 ... 8:
		make_mmuext_op(c);
		break;
	case 9 ... 11:
		make_va_mapping(c);
		break;
	case 12 ... 13:
		make_memory_op(c);
		break;
	default:
		make_grant_op(c);
	}
}
