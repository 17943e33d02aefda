/* SPDX-License-Identifier: MIT */
/* The processor's own tables, and descriptors as it reads them. */
#ifndef RINGONE_TABLES_H
#define RINGONE_TABLES_H

#include "descriptor.h"
#include "percpu.h"
#include "abi.h"
#include "types.h"

struct tss { /* 32-bit task state segment */
	uint32_t back_link;
	uint32_t esp0, ss0, esp1, ss1, esp2, ss2;
	uint32_t cr3, eip, eflags;
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
	uint32_t es, cs, ss, ds, fs, gs;
	uint32_t ldt;
	uint16_t trap, iomap_base;
};
_Static_assert(sizeof(struct tss) == 104, "Intel SDM, task state segment");

struct cpu_tables {
	uint64_t gdt[512] __aligned(4096); /* the reserved page: selectors 0xE000 to 0xEFFF */
	uint64_t idt[256];
	uint64_t syscall_stub; /* what the direct gate's place holds otherwise */
	struct tss tss, df_tss;
	uint8_t df_stack[STACK_SIZE] __aligned(STACK_SIZE);
};

/* What the processor loads when a direct or call gate leads from ring 3 into ring 1. */
static inline void set_ring1_stack(struct cpu *c, uint32_t ss, uint32_t sp)
{
	struct tss *t = &c->tables->tss;

	t->ss1 = ss;
	t->esp1 = sp;
}

#define GATE_INTERRUPT 0xe
#define GATE_TRAP      0xf
#define GATE_TASK      0x5

static inline uint64_t make_gate(uint32_t sel, uint32_t offset, uint32_t type, uint32_t dpl)
{
	return (uint64_t)(offset & 0xffff0000) << 32 | DESC_P | (uint64_t)dpl << DESC_DPL_SHIFT |
	       (uint64_t)type << 40 | (sel & 0xffff) << 16 | (offset & 0xffff);
}

#define SYSCALL_VECTOR 0x80

/* The gate of vector 0x80: into the guest's ring 1 without us, or to our stub (gate 0). */
static inline void set_direct_gate(struct cpu *c, uint64_t gate)
{
	c->tables->idt[SYSCALL_VECTOR] = gate ? gate : c->tables->syscall_stub;
}

/* Where a selector of the reserved page lies in cpu_tables.gdt. */
#define RESERVED_GDT       FIRST_RESERVED_GDT_BYTE /* 0xE000 */
#define GDT_LIMIT          (RESERVED_GDT + PAGE_SIZE - 1)
#define RESERVED_SLOT(sel) (((sel)-RESERVED_GDT) >> 3)

static inline uint64_t make_system_descriptor(uint32_t type, uint32_t base, uint32_t limit)
{
	return desc_set_limit_field((uint64_t)(base & 0xff000000) << 32 |
					    (uint64_t)(base & 0xffffff) << 16 |
					    (uint64_t)type << 40 | DESC_P,
				    limit);
}

static inline void load_gdtr(uint32_t base)
{
	struct {
		uint16_t limit;
		uint32_t base;
	} __packed p = { GDT_LIMIT, base };

	__asm__ volatile("lgdt %0" : : "m"(p) : "memory");
}

/* While no VCPU's window can be trusted. */
static inline void load_own_gdt(struct cpu *c)
{
	load_gdtr((uint32_t)c->tables->gdt - RESERVED_GDT);
}

#endif
