/* SPDX-License-Identifier: MIT */
/*
 * GDT, IDT and TSS of a processor.
 *
 * The GDT a guest runs on is its VCPU's window (layout.h): 14 pages of its
 * own and, as the interface has it, one reserved page with the flat segments
 * for guests and our own selectors.  That page belongs to the processor and
 * not to a domain; it is the same frame in every window.
 *
 *   0xE008 code, ring 0      0xE019 code, ring 1      0xE040 TSS
 *   0xE010 data, ring 0      0xE021 data, ring 1      0xE048 LDT
 *                            0xE02B code, ring 3      0xE050 TSS for #DF
 *                            0xE033 data, ring 3
 */
#include "gate.h"
#include "internal.h"
#include "offsets.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "tables.h"

#define CHECK_REGS(f) _Static_assert(offsetof(struct cpu_user_regs, f) == REGS_##f, #f)
CHECK_REGS(ebx);
CHECK_REGS(ecx);
CHECK_REGS(edx);
CHECK_REGS(esi);
CHECK_REGS(edi);
CHECK_REGS(ebp);
CHECK_REGS(eax);
CHECK_REGS(eip);
CHECK_REGS(cs);
CHECK_REGS(eflags);
CHECK_REGS(esp);
CHECK_REGS(ss);
CHECK_REGS(es);
CHECK_REGS(ds);
CHECK_REGS(fs);
CHECK_REGS(gs);
_Static_assert(offsetof(struct cpu_user_regs, error_code) == REGS_error, "error_code");
_Static_assert(offsetof(struct cpu_user_regs, entry_vector) == REGS_vector, "entry_vector");
_Static_assert(sizeof(struct cpu_user_regs) == REGS_size, "regs");
_Static_assert(offsetof(struct cpu, regs) == 0, "the frame is pushed below struct cpu's rest");
_Static_assert(offsetof(struct cpu, id) == CPU_current + 4, "current");
_Static_assert(offsetof(struct cpu, softirq) == CPU_softirq, "softirq");
_Static_assert(offsetof(struct cpu, n_entries) == CPU_n_entries, "n_entries");
_Static_assert(offsetof(struct vcpu, info) == VCPU_info, "info");
_Static_assert(offsetof(struct cpu, ways) == CPU_ways && sizeof(cpus[0]->ways[0]) == 8, "ways");
_Static_assert(offsetof(struct vcpu, domain) == VCPU_domain, "domain");
_Static_assert(offsetof(struct vcpu, cpu.kernel_ss) == VCPU_kernel_ss, "kernel_ss");
_Static_assert(offsetof(struct vcpu, cpu.kernel_sp) == VCPU_kernel_sp, "kernel_sp");
_Static_assert(offsetof(struct vcpu, cpu.flat_ss) == VCPU_flat_ss, "flat_ss");
_Static_assert(offsetof(struct vcpu, cpu.flat_program_cs) == VCPU_flat_program_cs,
	       "flat_program_cs");
_Static_assert(offsetof(struct vcpu, cpu.frame_iopl) == VCPU_frame_iopl, "frame_iopl");
_Static_assert(offsetof(struct vcpu, cpu.iret_duties) == VCPU_iret_duties, "iret_duties");
_Static_assert(offsetof(struct vcpu, cpu.traps) == VCPU_traps, "traps");
_Static_assert(offsetof(struct trap_info, flags) == TI_flags, "TI_flags");
_Static_assert(offsetof(struct trap_info, cs) == TI_cs, "TI_cs");
_Static_assert(offsetof(struct trap_info, address) == TI_address, "TI_address");
_Static_assert(sizeof(struct trap_info) == TI_size && TI_size == 8, "a vector's error code is 8 n");
_Static_assert(offsetof(struct domain, range_end) == DOMAIN_range_end, "range_end");
_Static_assert(offsetof(struct vcpu_info, arch.cr2) == INFO_cr2, "cr2");
_Static_assert(__HYPERVISOR_iret == 23, "short.S");
_Static_assert(offsetof(struct vcpu_info, evtchn_upcall_pending) == INFO_pending, "pending");
_Static_assert(offsetof(struct vcpu_info, evtchn_upcall_mask) == INFO_mask, "mask");
_Static_assert(NR_HYPERCALLS == 64 && XEN_ENOSYS == 38, "entry.S");
_Static_assert(FLAT_RING3_SS == 0xe033 && FLAT_RING3_CS == 0xe02b, "entry.S");

#define SLOT(sel) RESERVED_SLOT(sel)

#define TYPE_TSS 0x9
#define DATA_RW  (DESC_S | DESC_RW | DESC_A)
#define CODE_RX  (DESC_S | DESC_CODE | DESC_RW | DESC_A)

extern const uint32_t vector_stubs[256];

static struct cpu_tables boot_tables __section(".bss.stack");

static uint64_t make_flat(uint64_t type, uint32_t dpl, uint32_t last_page)
{
	return desc_set_limit_field(
		type | DESC_P | DESC_DB | DESC_G | (uint64_t)dpl << DESC_DPL_SHIFT, last_page);
}

static void fill_gdt(struct cpu_tables *t)
{
	/* Segments that a guest can load end behind the M2P it may read (TRUST 17). */
	uint32_t last = 0xfffff, allowed = (guest_limit_va - 1) >> PAGE_SHIFT;

	if (!TRUST_CHECK(17, 1, last <= allowed))
		last = allowed;

	t->gdt[SLOT(HV_CS)] = make_flat(CODE_RX, 0, 0xfffff);
	t->gdt[SLOT(HV_DS)] = make_flat(DATA_RW, 0, 0xfffff);
	t->gdt[SLOT(FLAT_RING1_CS)] = make_flat(CODE_RX, 1, last);
	t->gdt[SLOT(FLAT_RING1_DS)] = make_flat(DATA_RW, 1, last);
	flat_data_low = t->gdt[SLOT(FLAT_RING1_DS)];
	flat_data_high = (t->gdt[SLOT(FLAT_RING1_DS)] >> 32) & ~FLAT_HIGH_IGNORED;
	t->gdt[SLOT(FLAT_RING3_CS)] = make_flat(CODE_RX, 3, last);
	t->gdt[SLOT(FLAT_RING3_DS)] = make_flat(DATA_RW, 3, last);
	t->gdt[SLOT(TSS_SEL)] =
		make_system_descriptor(TYPE_TSS, (uint32_t)&t->tss, sizeof(t->tss) - 1);
	t->gdt[SLOT(DF_TSS_SEL)] =
		make_system_descriptor(TYPE_TSS, (uint32_t)&t->df_tss, sizeof(t->df_tss) - 1);
}

static void fill_idt(struct cpu_tables *t)
{
	for (uint32_t v = 0; v < 256; v++)
		t->idt[v] = make_gate(HV_CS, vector_stubs[v], GATE_INTERRUPT, 0);
	/* INT3 and INTO have no error code that would tell them from a fault: let them in. */
	t->idt[TRAP_BP] = make_gate(HV_CS, vector_stubs[TRAP_BP], GATE_INTERRUPT, 3);
	t->idt[TRAP_OF] = make_gate(HV_CS, vector_stubs[TRAP_OF], GATE_INTERRUPT, 3);
	t->idt[HYPERCALL_VECTOR] = make_gate(HV_CS, (uint32_t)hypercall_entry, GATE_INTERRUPT, 1);
	t->syscall_stub = t->idt[SYSCALL_VECTOR];
	t->idt[TRAP_DF] = make_gate(DF_TSS_SEL, 0, GATE_TASK, 0);
}

static void fill_tss(struct cpu *c, struct cpu_tables *t)
{
	t->tss.ss0 = HV_DS;
	t->tss.esp0 = (uint32_t)&c->regs.es;
	/* A bitmap that begins behind the segment's limit allows no port (TRUST 16). */
	if (!TRUST_CHECK(16, 1, t->tss.iomap_base >= sizeof(t->tss)))
		t->tss.iomap_base = sizeof(t->tss);

	t->df_tss = (struct tss){
		.cr3 = c->cr3,
		.eip = (uint32_t)double_fault_entry,
		.eflags = EFLAGS_MBS,
		.esp = (uint32_t)t->df_stack + CPU_OFFSET,
		.cs = HV_CS,
		.ss = HV_DS,
		.ds = HV_DS,
		.es = HV_DS,
		.iomap_base = sizeof(t->df_tss),
	};
}

/*
 * Build and load the tables of `c`, which is the processor we run on.  Its
 * stack, page tables (cr3) and guest_limit_va must be set up.
 */
void cpu_tables_init(struct cpu *c)
{
	struct cpu_tables *t = &boot_tables;
	struct {
		uint16_t limit;
		uint32_t base;
	} __packed idt = { sizeof(t->idt) - 1, (uint32_t)t->idt };

	c->tables = t;
	trap_handlers_init();
	fill_gdt(t);
	fill_idt(t);
	fill_tss(c, t);
	load_own_gdt(c);
	__asm__ volatile("ljmp %0, $1f\n"
			 "1:	mov %1, %%ds\n"
			 "	mov %1, %%es\n"
			 "	mov %1, %%ss\n"
			 "	mov %2, %%fs\n"
			 "	mov %2, %%gs\n"
			 "	lldt %w2\n"
			 "	ltr %w3\n"
			 "	lidt %4"
			 :
			 : "i"(HV_CS), "r"(HV_DS), "r"(0), "r"(TSS_SEL), "m"(idt)
			 : "memory");
	sysenter_init_cpu(c, sysenter_entry);
}
