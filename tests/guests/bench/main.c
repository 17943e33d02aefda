/* SPDX-License-Identifier: MIT */
/*
 * Question: how many instructions does each operation cost, guest and hypervisor together?
 *
 * Runs under "qemu -icount shift=0", where one tick of the TSC is one executed instruction, and
 * prints "ROW key instructions [entries CR3-loads flushes]" for each row of the table that
 * tests/run-bench makes of it. A row is the cheapest of 512 rounds, the reading of the counter
 * not included. No verdict: the table is the result. It runs on Xen as well, which shows that it
 * counts as the table's other columns were counted.
 *
 * Because: a short way that only one selector takes is none. The guest runs, and registers its
 * handlers, on flat ring-1 segments of its own GDT, as every kernel has them, and the rows use
 * nothing that Xen does not offer; those that do say so in their names.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"
#include "user.h"

extern char bench_pf_native[], bench_pf_native_cr2[], bench_pf_iret[], bench_pf_iret_cr2[];
extern char bench_soft_native[], bench_soft_iret[], bench_upcall[], guest_upcall[];
extern void bench_own_segments(void), bench_fill_calls(multicall_entry_t *m);
extern char guest_failsafe[];
extern const char user_empty_start[], user_empty_end[], user_pf_start[], user_pf_end[];
extern const char user_int80_start[], user_int80_end[], user_soft_start[], user_soft_end[];
extern uint32_t bench_iret_same(uint32_t n), bench_iret_none(uint32_t n);

uint32_t bench_port;
volatile uint32_t bench_upcalls;

/* "paths" on the command line: a few rounds only, for tests/bench/paths, which traces them. */
#define PATH_ROUNDS 4
static uint32_t rounds = 512;

/* The guest's own flat segments: entries 12 and 13 of its GDT, also in paths.S. */
#define OWN_CS 0x61
#define OWN_DS 0x69
static uint64_t *gdt;

static void make_segments(void)
{
	xen_pfn_t frame;

	gdt = page_alloc();
	gdt[OWN_CS / 8] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(1) | DESC_CODE, DESC_G | DESC_D);
	gdt[OWN_DS / 8] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(1) | DESC_DATA, DESC_G | DESC_D);
	page_readonly(gdt);
	frame = virt_to_mfn(gdt);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	EXPECT(ringone_stack_switch(OWN_DS, (unsigned long)trap_stack + sizeof(trap_stack)), 0);
}

static uint32_t tick(void)
{
	uint32_t lo;

	asm volatile("rdtsc" : "=a"(lo) : : "edx", "memory");
	return lo;
}

/* Ring-0 entries, CR3 loads and TLB flushes of a row's rounds, where the hypervisor tells. */
static struct ringone_cpuid counted;

static void count_from(struct ringone_cpuid *c)
{
	if (features & RINGONE_FEATURE_COUNTERS)
		ringone_forced_cpuid(RINGONE_COUNTERS_LEAF, 0, c);
}

static void count_to(struct ringone_cpuid *from)
{
	struct ringone_cpuid now = { 0 };

	count_from(&now);
	/* Reading them entered ring 0 once. */
	counted.eax = now.eax - from->eax - 1;
	counted.ebx = now.ebx - from->ebx;
	counted.ecx = now.ecx - from->ecx;
}

/*
 * The cheapest of `rounds` rounds of @body, with @prepare before each; @i counts. Ways through the
 * framework end on its own selectors, so each row begins with ours.
 */
#define COST_AFTER(prepare, body)                               \
	({                                                      \
		uint32_t best_ = -1;                            \
		struct ringone_cpuid c_ = { 0 };                \
		bench_own_segments();                           \
		count_from(&c_);                                \
		for (uint32_t i = 0; i < rounds; i++) {         \
			prepare;                                \
			uint32_t t_ = tick();                   \
			body;                                   \
			asm volatile("" : : "r"(i) : "memory"); \
			t_ = tick() - t_;                       \
			if (t_ < best_)                         \
				best_ = t_;                     \
		}                                               \
		count_to(&c_);                                  \
		best_;                                          \
	})
#define COST(body) COST_AFTER((void)0, body)

static uint32_t empty;

/* Places that the tracer finds by their names; between them lies what one row costs. */
__attribute__((noinline)) static void bench_row_begins(void)
{
	asm volatile("# a row begins" : : : "memory");
}

__attribute__((noinline)) static void bench_row_done(void)
{
	asm volatile("# a row is done" : : : "memory");
}

/* @counts: of how many operations `counted` is the sum. */
static void row(const char *key, uint32_t ticks, uint32_t counts)
{
	bench_row_done();
	if (features & RINGONE_FEATURE_COUNTERS)
		guest_printf("ROW %s %u %u %u %u\n", key, ticks, counted.eax / counts,
			     counted.ebx / counts, counted.ecx / counts);
	else
		guest_printf("ROW %s %u\n", key, ticks);
	bench_row_begins();
}

#define ROW(key, body)                row(key, COST(body) - empty, rounds)
#define ROW_AFTER(key, prepare, body) row(key, COST_AFTER(prepare, body) - empty, rounds)

static void calls(void)
{
	static multicall_entry_t m[8];
	static uint32_t watched;

	ROW("unknown", ringone_call(47, 0, 0, 0, 0, 0));
	ROW("xen_version", ringone_xen_version(XENVER_version, NULL));
	ROW("stack_switch",
	    ringone_stack_switch(OWN_DS, (unsigned long)trap_stack + sizeof(trap_stack)));
	ROW("set_debugreg", ringone_set_debugreg(0, (unsigned long)&watched));
	uint64_t at = virt_to_machine(&gdt[5]);
	uint64_t desc = descriptor(0, 0xffff, DESC_P | DESC_DPL(3) | DESC_DATA | 1, DESC_D);

	ROW("update_descriptor", ringone_update_descriptor(at, desc));
	ROW("multicall8", ({
		    bench_fill_calls(m);
		    ringone_multicall(m, 8);
	    }));
}

static void updates(void)
{
	static mmu_update_t u[32];
	char *va = page_alloc(), *other = page_alloc();
	uint64_t ma = virt_to_machine(l1_entry((unsigned long)va));
	uint64_t a = (uint64_t)virt_to_mfn(va) << 12 | PTE_RW;
	uint64_t b = (uint64_t)virt_to_mfn(other) << 12 | PTE_RW;

	u[0].ptr = ma;
	ROW("mmu_flags",
	    (u[0].val = a ^ (i & 1 ? PTE_AVAIL : 0), ringone_mmu_update(u, 1, NULL, DOMID_SELF)));
	ROW("mmu_frame", (u[0].val = i & 1 ? a : b, ringone_mmu_update(u, 1, NULL, DOMID_SELF)));
	for (int k = 0; k < 32; k++)
		u[k] = (mmu_update_t){ ma, k & 1 ? a : b };
	ROW("mmu_32_one", ringone_mmu_update(u, 32, NULL, DOMID_SELF));
	mmu_write_ma(ma, a);
	/* 32 L1 tables in a row: one page each at 0x40000000, 2 MiB apart. */
	for (int k = 0; k < 32; k++) {
		map_page(0x40000000 + k * 0x200000, virt_to_mfn(va), PTE_RW);
		u[k].ptr = virt_to_machine(l1_entry(0x40000000 + k * 0x200000));
	}
	ROW("mmu_32_many", ({
		    for (int k = 0; k < 32; k++)
			    u[k].val = i & 1 ? a : b;
		    ringone_mmu_update(u, 32, NULL, DOMID_SELF);
	    }));
	ROW("fill32", ({
		    for (int k = 0; k < 32; k++)
			    u[k].val = i & 1 ? a : b;
	    }));
	ROW("va_mapping", ringone_update_va_mapping((unsigned long)va, i & 1 ? a : b, UVMF_INVLPG));
	ringone_update_va_mapping((unsigned long)va, a, UVMF_INVLPG);

	volatile uint32_t *slot = (volatile uint32_t *)l1_entry((unsigned long)va);

	ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	ROW("trapped_store", *slot = (uint32_t)(a ^ (i & 1 ? PTE_AVAIL : 0)));
	ROW("trapped_store_frame", *slot = (uint32_t)(i & 1 ? a : b));
	ringone_update_va_mapping((unsigned long)va, a, UVMF_INVLPG);
	ROW("invlpg", mmuext_linear(MMUEXT_INVLPG_LOCAL, (unsigned long)va, 0));
	ROW("new_baseptr", mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table)));
}

static void pin_rows(const char *pin_key, const char *unpin_key, xen_pfn_t mfn)
{
	uint32_t pin = -1, unpin = -1;

	struct ringone_cpuid c = { 0 };

	for (uint32_t k = 0; k < rounds; k++) {
		count_from(&c);
		uint32_t t0 = tick();

		mmuext(MMUEXT_PIN_L1_TABLE, mfn);
		uint32_t t1 = tick();

		mmuext(MMUEXT_UNPIN_TABLE, mfn);
		uint32_t t2 = tick();

		pin = t1 - t0 < pin ? t1 - t0 : pin;
		count_to(&c);
		unpin = t2 - t1 < unpin ? t2 - t1 : unpin;
	}
	/* Both calls together; a pair is what can be told apart from the outside. */
	row(pin_key, pin, 1);
	row(unpin_key, unpin, 1);
}

static void pins(void)
{
	uint64_t *l1 = page_alloc();
	char *data = page_alloc_n(64);

	page_readonly(l1);
	pin_rows("pin_empty", "unpin_empty", virt_to_mfn(l1));
	page_writable(l1);
	for (int k = 0; k < 512; k++)
		l1[k] = (uint64_t)virt_to_mfn(data + k % 64 * PAGE_SIZE) << 12 | PTE_RW;
	page_readonly(l1);
	pin_rows("pin_full", "unpin_full", virt_to_mfn(l1));
}

static void events(void)
{
	bench_port = bind_ipi();
	port_unmask(bench_port);
	ringone_set_callbacks(OWN_CS, bench_upcall, FLAT_KERNEL_CS, guest_failsafe);
	struct evtchn_send s = { .port = bench_port };

	vcpu->evtchn_upcall_mask = 1;
	ROW_AFTER("event_masked", ({
			  shared_info->evtchn_pending[0] = 0;
			  vcpu->evtchn_pending_sel = 0;
			  vcpu->evtchn_upcall_pending = 0;
		  }),
		  ringone_event_channel_op(EVTCHNOP_send, &s));
	shared_info->evtchn_pending[0] = 0;
	vcpu->evtchn_pending_sel = 0;
	vcpu->evtchn_upcall_pending = 0;
	vcpu->evtchn_upcall_mask = 0;
	bench_upcalls = 0;
	ROW("event_upcall", ringone_event_channel_op(EVTCHNOP_send, &s));
	CHECK(bench_upcalls == rounds, "%u upcalls", bench_upcalls);
	vcpu->evtchn_upcall_mask = 1;
	ringone_set_callbacks(FLAT_KERNEL_CS, guest_upcall, FLAT_KERNEL_CS, guest_failsafe);

	struct ringone_cpuid c = { 0 };
	uint32_t nothing = bench_iret_none(rounds), best;

	bench_own_segments();
	count_from(&c);
	best = bench_iret_same(rounds);
	count_to(&c);
	row("iret_same", best - nothing, rounds);
}

/* Sub-operations that go through their calls' tables: no goals, but no row may grow unnoticed. */
static void suboperations(void)
{
	struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = 1ULL << 60 };
	struct evtchn_status status = { .dom = DOMID_SELF, .port = bench_port };
	struct physdev_set_iopl iopl = { .iopl = 1 };
	domid_t self = DOMID_SELF;

	ROW("event_status", ringone_event_channel_op(EVTCHNOP_status, &status));
	ROW("vcpu_is_up", ringone_vcpu_op(VCPUOP_is_up, 0, NULL));
	ROW("vcpu_timer", ringone_vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer));
	ringone_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL);
	ROW("memory_current", ringone_memory_op(XENMEM_current_reservation, &self));
	ROW("sched_yield", ringone_sched_op(SCHEDOP_yield, NULL));
	ROW("physdev_iopl", ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl));
}

static uint32_t user_empty_cost;

/* One ring-3 loop with @vector handled by @handler; 0 is "no such handler". */
static void user_row(const char *key, const char *start, const char *end, unsigned int vector,
		     unsigned int flags, const void *handler)
{
	struct user_code code = { start, end };
	static struct trap_info table[2];
	struct ringone_cpuid c = { 0 };
	struct user u;

	table[0] = (struct trap_info){ vector, flags, OWN_CS, (unsigned long)handler };
	if (handler)
		ringone_set_trap_table(table);
	guest_user_native = 1;
	user_load(&code);
	user_default(&u);
	u.ebx = 0x70000000;
	u.ecx = rounds;
	count_from(&c);
	if (user_enter(&u) != USER_EXIT) {
		guest_fail("%s: vector %x error %x at %x", key, trap.vector, trap.error,
			   trap.frame.eip);
		return;
	}
	count_to(&c);
	if (!handler)
		user_empty_cost = trap.frame.esi;
	else
		row(key, trap.frame.esi - user_empty_cost, rounds);
}

#define USER(key, code, vector, flags, handler) \
	user_row(key, code##_start, code##_end, vector, flags, handler)

static void ring3(void)
{
	/* Twice the vector on a 64-bit Xen under QEMU: see user.h. */
	unsigned int soft = on_ringone ? 0x42 : 0x84;

	USER("user_empty", user_empty, 0, 0, 0);
	USER("pf_native", user_pf, PF, 0, bench_pf_native);
	USER("pf_iret", user_pf, PF, 0, bench_pf_iret);
	USER("int80", user_int80, 0x80, 3, bench_soft_native);
	USER("soft_iret", user_soft, soft, 3, bench_soft_iret);
	USER("soft_iret_masked", user_soft, soft, 3 | RINGONE_TRAP_MASK_EVENTS, bench_soft_iret);
	if (!(features & RINGONE_FEATURE_CR2_FRAME))
		return;
	USER("pf_native_cr2", user_pf, PF, RINGONE_TRAP_CR2_FRAME, bench_pf_native_cr2);
	USER("pf_iret_cr2", user_pf, PF, RINGONE_TRAP_CR2_FRAME, bench_pf_iret_cr2);
}

void test_main(void)
{
	if (guest_option("paths"))
		rounds = PATH_ROUNDS;
	make_segments();
	empty = COST();
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	bench_row_begins();
	calls();
	updates();
	pins();
	events();
	suboperations();
	ring3();
}
