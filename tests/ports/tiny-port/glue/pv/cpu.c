// SPDX-License-Identifier: MIT
/* The processor as ring 1 has it: an interrupt flag in memory, tables by hypercall. */
#include <ringone/shim.h>
#include "tiny.h"
#include "pv/guest.h"

#define MAX_GATES 64

extern const char guest_upcall[], guest_failsafe[];

/* An interrupt descriptor, of which tiny makes 256 (trap.c). */
struct gate {
	uint16_t low, selector;
	uint8_t zero, access;
	uint16_t high;
};

static volatile struct vcpu_info *vcpu(void)
{
	return &pv_shared->vcpu_info[0];
}

void pv_irq_disable(void)
{
	vcpu()->evtchn_upcall_mask = 1;
	asm volatile("" : : : "memory");
}

/* Unmasking is a store; what has become pending before it is delivered by the next hypercall. */
void pv_irq_enable(void)
{
	asm volatile("" : : : "memory");
	vcpu()->evtchn_upcall_mask = 0;
	asm volatile("" : : : "memory");
	if (vcpu()->evtchn_upcall_pending)
		ringone_xen_version(XENVER_version, NULL);
}

/* SCHEDOP_block unmasks and sleeps in one step, as "sti; hlt" does. */
void pv_wait_for_interrupt(void)
{
	ringone_sched_op(SCHEDOP_block, NULL);
	pv_irq_disable();
}

uint32_t pv_fault_address(void)
{
	return vcpu()->arch.cr2;
}

/* The page must be nobody's to write before it may hold descriptors. */
void pv_load_gdt(void *table, uint32_t bytes)
{
	unsigned long frame = pv_to_machine(to_phys(table)) / PAGE_SIZE;

	pv_map_page(table, pv_to_machine(to_phys(table)) | 1);
	pv_must("set_gdt", ringone_set_gdt(&frame, bytes / 8));
}

/* Each gate becomes an entry of the trap table; a gate that turns interrupts off says so there. */
void pv_load_idt(const void *table, uint32_t bytes)
{
	static struct trap_info traps[MAX_GATES + 1];
	const struct gate *g = table;
	unsigned int n = 0;

	for (uint32_t v = 0; v < bytes / sizeof(*g); v++) {
		unsigned int flags = g[v].access >> 5 & 3;

		if (!(g[v].access & 0x80))
			continue;
		if (n == MAX_GATES)
			panic("more than %u gates", MAX_GATES);
		if ((g[v].access & 0xf) == 0xe)
			flags |= RINGONE_TRAP_MASK_EVENTS;
		ringone_trap(&traps[n++], v, flags, g[v].selector,
			     (void *)((uint32_t)g[v].high << 16 | g[v].low), 0);
	}
	pv_must("set_trap_table", ringone_set_trap_table(traps));
	pv_must("set_callbacks",
		ringone_set_callbacks(KERNEL_CS, guest_upcall, KERNEL_CS, guest_failsafe));
}

void pv_set_kernel_stack(uint32_t top)
{
	ringone_stack_switch(KERNEL_DS, top);
}
