/* SPDX-License-Identifier: MIT */
/*
 * Question: how many instructions does each operation cost, guest and hypervisor together?
 *
 * Runs under "qemu -icount shift=0", where one tick of the TSC is one executed instruction, and
 * prints "ROW key instructions [entries CR3-loads flushes]" for each row of the table that tests/run-bench makes of it. A
 * row is the cheapest of five batches, the loop around the operation not included. No verdict:
 * the table is the result. It runs on Xen as well, which shows that it counts as the table's
 * other columns were counted.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"
#include "user.h"

extern char bench_pf_native[], bench_pf_native_cr2[], bench_pf_iret[], bench_pf_iret_cr2[];
extern char bench_soft_native[], bench_soft_iret[], bench_upcall[], guest_upcall[];
extern char guest_failsafe[];
extern const char user_empty_start[], user_empty_end[], user_pf_start[], user_pf_end[];
extern const char user_int80_start[], user_int80_end[], user_soft_start[], user_soft_end[];
extern uint32_t bench_iret_same(uint32_t n);

uint32_t bench_port;
volatile uint32_t bench_upcalls;

/* "paths" on the command line: a few rounds only, for tests/bench/paths, which traces them. */
#define PATH_ROUNDS 4
static uint32_t rounds = 500, batches = 5;

static uint32_t tick(void)
{
	uint32_t lo;

	asm volatile("rdtsc" : "=a"(lo) : : "edx", "memory");
	return lo;
}

/* Ring-0 entries, CR3 loads and TLB flushes of the last batch, where the hypervisor tells. */
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

/* Cheapest of BATCHES runs of ROUNDS times @body, per round; @i counts. */
#define COST(body)                                                      \
	({                                                              \
		uint32_t best_ = -1;                                    \
		for (int b_ = 0; b_ < (int)batches; b_++) {             \
			struct ringone_cpuid c_ = { 0 };                \
			count_from(&c_);                                \
			uint32_t t_ = tick();                           \
			for (uint32_t i = 0; i < rounds; i++) {         \
				body;                                   \
				asm volatile("" : : "r"(i) : "memory"); \
			}                                               \
			t_ = tick() - t_;                               \
			count_to(&c_);                                  \
			if (t_ < best_)                                 \
				best_ = t_;                             \
		}                                                       \
		best_;                                                  \
	})

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

static void row(const char *key, uint32_t ticks, uint32_t times)
{
	uint32_t net = ticks - (times == rounds ? empty : 0);

	bench_row_done();
	if (features & RINGONE_FEATURE_COUNTERS)
		guest_printf("ROW %s %u %u %u %u\n", key, (net + times / 2) / times,
			     counted.eax / times, counted.ebx / times, counted.ecx / times);
	else
		guest_printf("ROW %s %u\n", key, (net + times / 2) / times);
	bench_row_begins();
}

#define ROW(key, body) row(key, COST(body), rounds)

static void calls(void)
{
	static uint64_t *gdt;
	static multicall_entry_t m[8];
	xen_pfn_t frame;
	static uint32_t watched;

	ROW("unknown", ringone_call(47, 0, 0, 0, 0, 0));
	ROW("xen_version", ringone_xen_version(XENVER_version, NULL));
	ROW("stack_switch",
	    ringone_stack_switch(FLAT_KERNEL_SS, (unsigned long)trap_stack + sizeof(trap_stack)));
	ROW("set_debugreg", ringone_set_debugreg(0, (unsigned long)&watched));
	gdt = page_alloc();
	page_readonly(gdt);
	frame = virt_to_mfn(gdt);
	ringone_set_gdt(&frame, 512);
	uint64_t at = virt_to_machine(&gdt[5]);
	uint64_t desc = descriptor(0, 0xffff, DESC_P | DESC_DPL(3) | DESC_DATA | 1, DESC_D);

	ROW("update_descriptor", ringone_update_descriptor(at, desc));
	ROW("multicall8", ({
		    for (int k = 0; k < 8; k++) {
			    m[k].op = __HYPERVISOR_xen_version;
			    m[k].args[0] = XENVER_version;
			    m[k].args[1] = 0;
		    }
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

	for (uint32_t k = 0; k < batches * 10; k++) {
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
	ringone_set_callbacks(FLAT_KERNEL_CS, bench_upcall, FLAT_KERNEL_CS, guest_failsafe);
	struct evtchn_send s = { .port = bench_port };

	vcpu->evtchn_upcall_mask = 1;
	ROW("event_masked", ({
		    ringone_event_channel_op(EVTCHNOP_send, &s);
		    shared_info->evtchn_pending[0] = 0;
		    vcpu->evtchn_pending_sel = 0;
		    vcpu->evtchn_upcall_pending = 0;
	    }));
	vcpu->evtchn_upcall_mask = 0;
	bench_upcalls = 0;
	ROW("event_upcall", ringone_event_channel_op(EVTCHNOP_send, &s));
	CHECK(bench_upcalls == rounds * batches, "%u upcalls", bench_upcalls);
	vcpu->evtchn_upcall_mask = 1;
	ringone_set_callbacks(FLAT_KERNEL_CS, guest_upcall, FLAT_KERNEL_CS, guest_failsafe);
	uint32_t best = -1;

	struct ringone_cpuid c = { 0 };

	for (int b = 0; b < (int)batches; b++) {
		count_from(&c);
		uint32_t t = bench_iret_same(rounds);

		count_to(&c);
		best = t < best ? t : best;
	}
	row("iret_same", best, rounds);
}

static uint32_t user_empty_cost;

/* One ring-3 loop with @vector handled by @handler; 0 is "no such handler". */
static void user_row(const char *key, const char *start, const char *end, unsigned int vector,
		     unsigned int flags, const void *handler)
{
	struct user_code code = { start, end };
	static struct trap_info table[2];
	struct user u;
	uint32_t best = -1;

	table[0] = (struct trap_info){ vector, flags, FLAT_KERNEL_CS, (unsigned long)handler };
	if (handler)
		ringone_set_trap_table(table);
	guest_user_native = 1;
	user_load(&code);
	user_default(&u);
	u.ebx = 0x70000000;
	struct ringone_cpuid c = { 0 };

	for (int b = 0; b < (int)batches; b++) {
		u.ecx = rounds;
		count_from(&c);
		if (user_enter(&u) != USER_EXIT) {
			guest_fail("%s: vector %x error %x at %x", key, trap.vector, trap.error,
				   trap.frame.eip);
			return;
		}
		count_to(&c);
		uint32_t t = trap.frame.eax - trap.frame.edi;

		best = t < best ? t : best;
	}
	if (!handler)
		user_empty_cost = best;
	else
		row(key, best - user_empty_cost + empty, rounds);
}

#define USER(key, code, vector, flags, handler) \
	user_row(key, code##_start, code##_end, vector, flags, handler)

static void ring3(void)
{
	int cr2 = features & RINGONE_FEATURE_CR2_FRAME;
	unsigned int pf = cr2 ? RINGONE_TRAP_CR2_FRAME : 0;
	/* Twice the vector on a 64-bit Xen under QEMU: see user.h. */
	unsigned int soft = on_ringone ? 0x42 : 0x84;

	USER("user_empty", user_empty, 0, 0, 0);
	USER("pf_native", user_pf, PF, pf, cr2 ? bench_pf_native_cr2 : bench_pf_native);
	USER("pf_iret", user_pf, PF, pf, cr2 ? bench_pf_iret_cr2 : bench_pf_iret);
	USER("int80", user_int80, 0x80, 3, bench_soft_native);
	USER("soft_iret", user_soft, soft, 3, bench_soft_iret);
}

void test_main(void)
{
	if (guest_option("paths")) {
		rounds = PATH_ROUNDS;
		batches = 1;
	}
	empty = COST();
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	bench_row_begins();
	calls();
	updates();
	pins();
	events();
	ring3();
}
