/* SPDX-License-Identifier: MIT */
/* The interrupt descriptor table, and what happens behind it. */
#include "tiny.h"

/* A gate: where a vector leads, and who may call it by `int`. */
struct gate {
	uint16_t low, selector;
	uint8_t zero, access;
	uint16_t high;
};

#define INTERRUPT_GATE(ring) (0x8e | (ring) << 5) /* present; interrupts are off behind it */

static struct gate idt[256];

extern char trap_stubs[], syscall_stub[];
extern const struct fixup fixups[], fixups_end[];

static void set_gate(unsigned int vector, const char *handler, unsigned int ring)
{
	uint32_t at = (uint32_t)handler;

	idt[vector].low = at & 0xffff;
	idt[vector].high = at >> 16;
	idt[vector].selector = KERNEL_CS;
	idt[vector].access = INTERRUPT_GATE(ring);
}

void gates_init(void)
{
	for (unsigned int v = 0; v < 48; v++)
		set_gate(v, trap_stubs + v * 16, v == 3 ? 3 : 0);
	set_gate(SYSCALL_VECTOR, syscall_stub, 3);
	load_idt(idt, sizeof(idt));
}

int from_user(const struct frame *f)
{
	return (f->cs & 3) != 0;
}

/* 1: the faulting instruction of the kernel expected this, and goes on elsewhere. */
int fixup(struct frame *f)
{
	for (const struct fixup *x = fixups; x < fixups_end; x++)
		if (!from_user(f) && x->at == f->eip) {
			f->eip = x->resume;
			return 1;
		}
	return 0;
}

static const char *name_of(uint32_t vector)
{
	switch (vector) {
	case 0:
		return "division";
	case 6:
		return "invalid instruction";
	case 13:
		return "general protection";
	case 14:
		return "page fault";
	default:
		return "exception";
	}
}

/* What the kernel did not expect ends it; what a process did ends the process. */
static void exception(struct frame *f)
{
	if (f->vector == 3) {
		print("breakpoint at %8x\n", f->eip);
		return;
	}
	if (fixup(f))
		return;
	if (!from_user(f))
		panic("%s (vector %u, error %x) at %8x", name_of(f->vector), f->vector, f->error,
		      f->eip);
	print("process %u: %s at %8x\n", current->pid, name_of(f->vector), f->eip);
	task_exit(128 + f->vector);
}

static void interrupt(unsigned int line)
{
	pic_done(line);
	if (line == 0)
		timer_tick();
}

void trap(struct frame *f)
{
	if (f->vector == SYSCALL_VECTOR)
		syscall(f);
	else if (f->vector == 14)
		page_fault(f);
	else if (f->vector >= IRQ_BASE)
		interrupt(f->vector - IRQ_BASE);
	else
		exception(f);
	if (from_user(f) && want_schedule)
		schedule();
}
