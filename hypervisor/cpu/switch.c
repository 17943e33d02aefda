/* SPDX-License-Identifier: MIT */
/* What hardware holds of a VCPU, in and out. */
#include "cpu.h"
#include "internal.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "tables.h"

/* The selectors in FS and GS were saved on entry; everything else that is v's leaves here. */
void vcpu_save_cpu_state(struct vcpu *v)
{
	TRUST_EFFECT(18, 100, fpu_save(v));
	debugreg_unload(v);
	/* v's windows go with its page tables: stand on our own page until the next one's. */
	load_own_gdt(this_cpu());
	__asm__ volatile("mov %w0, %%fs\n\t"
			 "mov %w0, %%gs\n\t"
			 "lldt %w0"
			 :
			 : "r"(0)
			 : "memory");
}

/* v's page tables are loaded (load_cr3). */
void vcpu_load_cpu_state(struct vcpu *v)
{
	struct cpu *cpu = this_cpu();
	uint32_t cr4 = hardware_cr4(v);

	if (cr4 != read_cr4())
		write_cr4(cr4);
	load_gdt_window(v);
	TRUST_EFFECT(18, 103, load_ldt(v));
	TRUST_EFFECT(18, 104, set_ring1_stack(cpu, v->cpu.kernel_ss, v->cpu.kernel_sp));
	TRUST_EFFECT(18, 105, set_direct_gate(cpu, v->cpu.direct_gate));
	TRUST_EFFECT(18, 102, debugreg_load(v));
	TRUST_EFFECT(18, 101, fpu_load(v));
}
