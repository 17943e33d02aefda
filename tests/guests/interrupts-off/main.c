/* SPDX-License-Identifier: MIT */
/*
 * Question: how long can an unprivileged guest keep interrupts off, or the hypervisor from what is
 * due, with one call and the heaviest arguments it can find?
 *
 * Because: one domain's calls are everybody's latency. Whatever takes long must let interrupts in
 * every 100,000 instructions at the latest, and stop for what they asked for where it can.
 *
 * Expected: the hypervisor's own timer is never later than the bound. Runs under "qemu -icount
 * shift=0", where a nanosecond is an instruction, with a timer of the guest's that is set again and
 * again, so that in any stretch without interrupts one is due soon after its beginning. Prints
 * what each case cost, and the worst.
 */
#include "guest.h"
#include "event.h"
#include "grants.h"
#include "lateness.h"
#include "mm.h"
#include "smp.h"

#define WINDOW 0x50000000ul
#define FULL_L1 \
	0x1000ul /* pfns of tables full of mappings of `data`, one for each of three L2s' slots */
#define NR_FULL  1536u
#define SPARE    0x4000ul /* pfns to give back and to get again: nobody maps them */
#define NR_SPARE 4096u

static void *data;

/* ---- tables full of mappings ---- */

static xen_pfn_t full_l1(unsigned int i)
{
	return p2m[FULL_L1 + i];
}

static void fill_tables(void)
{
	uint64_t e = (uint64_t)virt_to_mfn(data) << 12 | PTE_RW;

	for (unsigned int n = 0; n < NR_FULL; n++) {
		map_page(WINDOW, full_l1(n), PTE_RW);
		for (unsigned int i = 0; i < 512; i++)
			((volatile uint64_t *)WINDOW)[i] = e;
	}
	EXPECT(ringone_update_va_mapping(WINDOW, 0, UVMF_INVLPG), 0);
}

/* All of the three lower L2s of t are full of full L1s. */
static void fill_space(struct tables *t)
{
	tables_make(t);
	for (int k = 0; k < 3; k++) {
		page_writable(t->l2[k]);
		for (unsigned int i = 0; i < 512; i++)
			t->l2[k][i] = (uint64_t)full_l1(k * 512 + i) << 12 | TABLE_FLAGS;
		page_readonly(t->l2[k]);
	}
}

static struct tables space;
static long home;

static long load_cr3(xen_pfn_t l3)
{
	asm volatile("mov %0, %%cr3" : : "r"(l3 << 12 | l3 >> 20) : "memory");
	return 0;
}

static void next_cpu(unsigned int id)
{
	(void)id;
	smp_stop();
}

static long initialise_other(xen_pfn_t l3)
{
	static struct vcpu_guest_context c;

	smp_context(&c, 1, next_cpu);
	event_loop = NULL; /* that of several VCPUs takes longer than a beat */
	c.ctrlreg[3] = l3 << 12 | l3 >> 20;
	c.user_regs.cs = 0; /* refused, but not before the tables are loaded */
	c.gdt_ents = 0xffff;
	return ringone_vcpu_op(VCPUOP_initialise, 1, &c);
}

/*
 * A table that was left half taken apart waits in the VCPU's one place for it; an event taken
 * meanwhile starts the next. Only the first beat does, and goes home from `space`.
 */
static int in_handler;
static long (*in_handler_do)(xen_pfn_t);

static void heavy_beat(evtchn_port_t p)
{
	beat(p);
	if (in_handler-- != 1)
		return;
	events_on();
	in_handler_do(virt_to_mfn(l3_table));
}

static long drop_a_third(void)
{
	return mmu_write(&space.l3[2], 0);
}

static long restore_a_third(void)
{
	return mmu_write(&space.l3[2], (uint64_t)virt_to_mfn(space.l2[2]) << 12 | L3_FLAGS);
}

/* A slot that shows an L2 full of full L1s, and is all that holds it, cleared by a store. */
static uint64_t *showing;

static long store_zero(xen_pfn_t unused)
{
	(void)unused;
	*(volatile uint32_t *)showing = 0;
	return 0;
}

static void shown_only(void)
{
	uint64_t *l2 = page_alloc();

	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(space.l2[1])), 0);
	l2[7] = (uint64_t)virt_to_mfn(space.l2[1]) << 12 | PTE_RO;
	page_readonly(l2);
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l2)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(space.l2[1])), 0);
	showing = &l2[7];
}

static void address_spaces(void)
{
	fill_space(&space);
	MEASURE("pin an L3 full of mappings", mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(space.l3)));
	MEASURE("unpin it", mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(space.l3)));
	MEASURE("new base pointer to it", mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(space.l3)));
	MEASURE("new base pointer away from it", mmuext(MMUEXT_NEW_BASEPTR, home));
	MEASURE("mov to CR3 to it", load_cr3(virt_to_mfn(space.l3)));
	MEASURE("mov to CR3 away from it", load_cr3(home));

	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(space.l3)), 0);
	event_hook = heavy_beat;
	in_handler_do = load_cr3;
	in_handler = 40;
	MEASURE("mov to CR3 while an L2 is taken apart", drop_a_third());
	CHECK(in_handler < 0, "the handler did not come far enough");
	event_hook = beat;
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, home), 0);
	EXPECT(restore_a_third(), 0);

	/* The one of the space that is shown has to be nobody else's. */
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(space.l3)), 0);
	EXPECT(mmu_write(&space.l3[1], 0), 0);
	shown_only();
	in_handler_do = store_zero;
	in_handler = 40;
	event_hook = heavy_beat;
	MEASURE("a store to an L2 while another is taken apart", drop_a_third());
	CHECK(in_handler < 0, "the handler did not come far enough");
	CHECK(!*showing, "it was not stored");
	event_hook = beat;
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, home), 0);
	EXPECT(restore_a_third(), 0);
	EXPECT(mmu_write(&space.l3[1], (uint64_t)virt_to_mfn(space.l2[1]) << 12 | L3_FLAGS), 0);

	MEASURE("VCPUOP_initialise with it", initialise_other(virt_to_mfn(space.l3)));
	MEASURE("VCPUOP_initialise with another", initialise_other(home));
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(space.l3)), 0);
	event_hook = heavy_beat;
	in_handler_do = initialise_other;
	in_handler = 40;
	MEASURE("VCPUOP_initialise while an L2 is taken apart", drop_a_third());
	event_hook = beat;
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, home), 0);
}

/* ---- batches ---- */

static mmu_update_t requests[512];
static multicall_entry_t batch[512];

static long update(unsigned int n)
{
	unsigned int done;

	return ringone_mmu_update(requests, n, &done, DOMID_SELF);
}

static long multicall(unsigned int n)
{
	long r = ringone_call(__HYPERVISOR_multicall, (unsigned long)batch, n, 0, 0, 0);

	for (unsigned int i = 0; i < n && !r; i++)
		r = (long)batch[i].result < 0 ? (long)batch[i].result : 0;
	return r;
}

static void batches(void)
{
	struct tables t;

	tables_make(&t);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)), 0);
	for (unsigned int i = 0; i < 512; i++) {
		requests[i].ptr = virt_to_machine(&t.l2[1][i]) | MMU_NORMAL_PT_UPDATE;
		requests[i].val = (uint64_t)full_l1(i) << 12 | TABLE_FLAGS;
	}
	requests[(WINDOW >> 21 & 511)].val = t.l2[1][WINDOW >> 21 & 511];
	MEASURE("mmu_update, 512 full L1s", update(512));
	for (unsigned int i = 0; i < 512; i++)
		requests[i].val = 0;
	MEASURE("mmu_update, 512 of them dropped", update(512));
	for (unsigned int i = 0; i < 512; i++) {
		requests[i].ptr = (uint64_t)full_l1(0) << 12 | i * 8 | MMU_NORMAL_PT_UPDATE;
		requests[i].val = 0;
	}
	MEASURE("mmu_update, 512 entries of no table", update(512));
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t.l3)), 0);

	for (int i = 0; i < 512; i++) {
		batch[i].op = __HYPERVISOR_xen_version;
		batch[i].args[0] = XENVER_version;
	}
	MEASURE("multicall, 512 xen_version", multicall(512));
	for (int i = 0; i < 512; i++)
		batch[i].args[0] = 999;
	MEASURE("multicall, 512 refused ones", multicall(512));
}

/* ---- descriptor tables ---- */

static xen_pfn_t gdt_frames[14];

static long set_gdt(void)
{
	ringone_set_gdt(gdt_frames, 0);
	return ringone_set_gdt(gdt_frames, 14 * 512);
}

static void descriptors(void)
{
	static unsigned long sizes[2] = { 14 * 512, 0 };

	for (int i = 0; i < 14; i++) {
		uint64_t *page = page_alloc();

		for (int k = 0; k < 512; k++)
			page[k] = descriptor(0x1000, 0xfffff, DESC_P | DESC_DATA, 0xc);
		page_readonly(page);
		gdt_frames[i] = virt_to_mfn(page);
	}
	MEASURE("set_gdt of 14 fresh pages", set_gdt());
	ringone_set_gdt(gdt_frames, 0);
	for (int i = 0; i < 8; i++) {
		batch[i].op = __HYPERVISOR_set_gdt;
		batch[i].args[0] = (unsigned long)gdt_frames;
		batch[i].args[1] = sizes[i & 1];
	}
	MEASURE("multicall, set_gdt 8 times", multicall(8));
}

/* ---- memory ---- */

static struct xen_memory_reservation reservation;
static xen_pfn_t extents[NR_SPARE];

static long memory(unsigned int cmd, unsigned int n, unsigned int order)
{
	reservation = (struct xen_memory_reservation){ .nr_extents = n,
						       .extent_order = order,
						       .domid = DOMID_SELF };
	set_xen_guest_handle(reservation.extent_start, extents);
	return ringone_memory_op(cmd, &reservation);
}

static xen_pfn_t *exchanged_to; /* NULL: numbers are asked for, and told, properly */

static long exchange(unsigned int in, unsigned int in_order, unsigned int out,
		     unsigned int out_order)
{
	static struct xen_memory_exchange x;
	static xen_pfn_t to[512];

	x = (struct xen_memory_exchange){
		.in = { .nr_extents = in, .extent_order = in_order, .domid = DOMID_SELF },
		.out = { .nr_extents = out, .extent_order = out_order, .domid = DOMID_SELF },
	};
	for (unsigned int i = 0; i < out; i++)
		to[i] = SPARE + i;
	set_xen_guest_handle(x.in.extent_start, extents);
	set_xen_guest_handle(x.out.extent_start, exchanged_to ? exchanged_to : to);
	return ringone_memory_op(XENMEM_exchange, &x);
}

static void memory_calls(void)
{
	static struct xen_memory_reservation one[8];

	for (unsigned int i = 0; i < NR_SPARE; i++)
		extents[i] = p2m[SPARE + i];
	MEASURE("decrease_reservation, 4096 frames",
		memory(XENMEM_decrease_reservation, NR_SPARE, 0));
	for (unsigned int i = 0; i < NR_SPARE; i++)
		extents[i] = SPARE + i;
	MEASURE("populate_physmap, 512 frames", memory(XENMEM_populate_physmap, 512, 0));
	MEASURE("exchange, 512 frames for 2 MiB", exchange(512, 0, 1, 9));
	for (unsigned int i = 0; i < 2; i++)
		extents[i] = SPARE + 512 + 512 * i;
	MEASURE("populate_physmap, 2 times 2 MiB", memory(XENMEM_populate_physmap, 2, 9));
	MEASURE("exchange, 2 MiB for 512 frames", exchange(1, 9, 512, 0));
	/* The same where the list for the answer is not there: 512 faults in ring 0, if each is tried. */
	extents[0] = SPARE + 2048;
	MEASURE("populate_physmap, 2 MiB", memory(XENMEM_populate_physmap, 1, 9));
	exchanged_to = (xen_pfn_t *)0x1000;
	EXPECT(MEASURE("exchange, unreadable list", exchange(1, 9, 512, 0)), -XEN_EFAULT);
	exchanged_to = NULL;
	extents[0] = extents[1];
	MEASURE("decrease_reservation, 2 MiB", memory(XENMEM_decrease_reservation, 1, 9));
	for (int i = 0; i < 4; i++) {
		extents[i] = SPARE + 1536 + 512 * i;
		one[i] = (struct xen_memory_reservation){ .nr_extents = 1,
							  .extent_order = 9,
							  .domid = DOMID_SELF };
		set_xen_guest_handle(one[i].extent_start, &extents[i]);
		batch[i].op = __HYPERVISOR_memory_op;
		batch[i].args[0] = XENMEM_populate_physmap;
		batch[i].args[1] = (unsigned long)&one[i];
	}
	MEASURE("multicall, 2 MiB 4 times", multicall(4));
}

/* ---- events, grants, console ---- */

static long all_ports(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	long r;

	do
		r = ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a);
	while (!r);
	return r;
}

static void communication(void)
{
	static struct gnttab_copy copies[256];
	static struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 32 };
	static evtchn_port_t polled[128];
	static struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	static struct sched_poll poll = { .nr_ports = 128, .timeout = 1 };
	static xen_pfn_t frames[32];
	void *to = page_alloc();

	set_xen_guest_handle(s.frame_list, frames);
	MEASURE("GNTTABOP_setup_table, 32 frames",
		ringone_grant_table_op(GNTTABOP_setup_table, &s, 1));
	for (int i = 0; i < 256; i++) {
		copies[i] = (struct gnttab_copy){ .len = PAGE_SIZE };
		copies[i].source.u.gmfn = virt_to_mfn(data);
		copies[i].source.domid = copies[i].dest.domid = DOMID_SELF;
		copies[i].dest.u.gmfn = virt_to_mfn(to);
	}
	MEASURE("GNTTABOP_copy, 256 pages", ringone_grant_table_op(GNTTABOP_copy, copies, 256));
	for (int i = 0; i < 128; i++)
		polled[i] = 1000 - i;
	set_xen_guest_handle(poll.ports, polled);
	MEASURE("SCHEDOP_poll, 128 ports", ringone_sched_op(SCHEDOP_poll, &poll));
	MEASURE("EVTCHNOP_alloc_unbound, until there are no more", all_ports());
	for (int i = 0; i < 512; i++) {
		batch[i].op = __HYPERVISOR_event_channel_op;
		batch[i].args[0] = EVTCHNOP_alloc_unbound;
		batch[i].args[1] = (unsigned long)&a;
	}
	MEASURE("multicall, 512 times a port of none", multicall(512));
}

/* The ring full of lines, kicked. */
static long console_full(void)
{
	for (unsigned int i = 0; i < sizeof(console.ring->out); i++)
		console.ring->out[i] = i % 64 == 63 ? '\n' : 'a' + i % 26;
	console.ring->out_prod = console.ring->out_cons + sizeof(console.ring->out);
	return port_send(console.port);
}

/* ---- everything else, by number ---- */

static int may_end_or_block(unsigned int nr, unsigned int op)
{
	return nr == __HYPERVISOR_iret || nr == __HYPERVISOR_sched_op ||
	       nr == __HYPERVISOR_sched_op_compat || nr == __HYPERVISOR_multicall ||
	       nr == __HYPERVISOR_stack_switch || nr == __HYPERVISOR_set_callbacks ||
	       nr == __HYPERVISOR_set_trap_table || nr == __HYPERVISOR_callback_op ||
	       nr == __HYPERVISOR_set_timer_op || nr == RINGONE_HYPERCALL_AUDIT ||
	       (nr == __HYPERVISOR_vcpu_op && op == VCPUOP_down) ||
	       (nr == __HYPERVISOR_memory_op && op <= XENMEM_populate_physmap) ||
	       ((nr == __HYPERVISOR_event_channel_op ||
		 nr == __HYPERVISOR_event_channel_op_compat) &&
		op == EVTCHNOP_reset);
}

static long sweep(void)
{
	static char argument[4096] __attribute__((aligned(4096)));
	unsigned int calls = 0;

	for (unsigned int nr = 0; nr < 64; nr++)
		for (unsigned int op = 0; op < 64; op++) {
			if (may_end_or_block(nr, op))
				continue;
			memset(argument, 0, sizeof(argument));
			ringone_call(nr, op, (unsigned long)argument, (unsigned long)argument, 1,
				     DOMID_SELF);
			calls++;
		}
	return calls;
}

/* As many handles as there are, each of a page of its own, held for a device. */
static void hoard_handles(void)
{
	static struct gnttab_map_grant_ref m[64];
	unsigned int n = 0;

	grants_setup();
	grant(8, 0, virt_to_mfn(data), GTF_permit_access | GTF_readonly);
	do {
		for (int i = 0; i < 64; i++)
			m[i] = (struct gnttab_map_grant_ref){
				.flags = GNTMAP_device_map | GNTMAP_readonly, .ref = 8
			};
		EXPECT(ringone_grant_table_op(GNTTABOP_map_grant_ref, m, 64), 0);
		for (int i = 0; i < 64; i++)
			n += m[i].status == GNTST_okay;
	} while (m[63].status == GNTST_okay);
	note("%u handles", n);
	CHECK(n >= 32768, "there are %u handles", n);
}

static void audit(void)
{
	struct vcpu_set_periodic_timer t = { .period_ns = NS_MS };
	unsigned int n = 0;

	while (n < NR_FULL && !mmuext(MMUEXT_PIN_L1_TABLE, full_l1(n)))
		n++;
	note("%u full tables pinned", n);
	hoard_handles();
	/* What asks for it stands still meanwhile, so that the beat is the hypervisor's. */
	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &t), 0);
	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 1, &t), 0);
	for (int i = 0; i < 3; i++)
		EXPECT(MEASURE("audit", ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0)), 0);
}

void test_main(void)
{
	lateness_setup();
	data = page_alloc();
	home = virt_to_mfn(l3_table);
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 1, NULL);
	map_page(WINDOW, virt_to_mfn(data), PTE_RW);
	fill_tables();

	MEASURE("xen_version", ringone_xen_version(XENVER_version, NULL));
	address_spaces();
	batches();
	descriptors();
	memory_calls();
	communication();
	MEASURE("a full console ring", console_full());
	MEASURE("all calls, all commands, with little", sweep());
	audit();
	lateness_worst();
}
