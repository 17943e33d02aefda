/* SPDX-License-Identifier: MIT */
/* Segments: flat ones for ring 0 and ring 3, and the TSS, of which only the stack is used. */
#include "tiny.h"

#define GDT_ENTRIES 6

/* Access bytes: present, DPL, and what it is. */
#define CODE_SEGMENT(ring) (0x9a | (ring) << 5)
#define DATA_SEGMENT(ring) (0x92 | (ring) << 5)
#define TSS_SEGMENT        0x89

struct tss {
	uint32_t link;
	uint32_t esp0, ss0;
	uint32_t unused[22];
	uint16_t trap, io_map;
};

static uint64_t gdt[GDT_ENTRIES];
static struct tss tss;

/* A descriptor is an address and a limit in scattered pieces. */
static uint64_t descriptor(uint32_t base, uint32_t limit, uint32_t access, uint32_t flags)
{
	uint32_t low = base << 16 | (limit & 0xffff);
	uint32_t high = (base & 0xff000000) | flags << 20 | (limit & 0xf0000) | access << 8 |
			(base >> 16 & 0xff);

	return (uint64_t)high << 32 | low;
}

static void load_segments(void)
{
	asm volatile("ljmp %0, $1f\n1:\n"
		     "movl %1, %%ds; movl %1, %%es; movl %1, %%ss; movl %2, %%fs; movl %2, %%gs"
		     :
		     : "i"(KERNEL_CS), "r"(KERNEL_DS), "r"(0)
		     : "memory");
}

void set_kernel_stack(uint32_t top)
{
	tss.ss0 = KERNEL_DS;
	tss.esp0 = top;
}

void gdt_init(void)
{
	tss.io_map = sizeof(tss);
	gdt[KERNEL_CS / 8] = descriptor(0, 0xfffff, CODE_SEGMENT(0), 0xc);
	gdt[KERNEL_DS / 8] = descriptor(0, 0xfffff, DATA_SEGMENT(0), 0xc);
	gdt[USER_CS / 8] = descriptor(0, 0xfffff, CODE_SEGMENT(3), 0xc);
	gdt[USER_DS / 8] = descriptor(0, 0xfffff, DATA_SEGMENT(3), 0xc);
	gdt[TSS_SEL / 8] = descriptor((uint32_t)&tss, sizeof(tss) - 1, TSS_SEGMENT, 0);
	load_gdt(gdt, sizeof(gdt));
	load_segments();
	load_task(TSS_SEL);
}
